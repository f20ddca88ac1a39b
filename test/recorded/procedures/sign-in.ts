import { codeNow } from "../../support/factors.js";
import type { Chapter } from "../play.js";
import { bearer, PASSWORD, preferring, signUp } from "../requests.js";
import type { Header } from "../wire.js";
import type { Door } from "./doors.js";

const code = (value: string): Header => ["Latchkey-Code", value];

export const signIn = ({ door, call }: Door): Chapter => ({
  name: `${door}-sign-in`,
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const own = bearer(await signUp(stage, "ana@example.com"));
    const ana = { username: "ana@example.com", password: PASSWORD };
    await askAll({
      "without a factor": call("signIn.password", ana),
      "a wrong password": call("signIn.password", { ...ana, password: "wrong" }),
      "no password": call("signIn.password", { username: "ana@example.com" }),
      "an unknown ticket": call("signIn.factor", { ticket: "x", factor: { kind: "totp", code: "123456" } }),
      "the same in Chinese": call(
        "signIn.factor",
        { ticket: "x", factor: { kind: "totp", code: "123456" } },
        preferring("zh"),
      ),
      "a factor of no kind": call("signIn.factor", { ticket: "x", factor: { kind: "sms", code: "1" } }),
      "an unknown ticket, finished": call("signIn.finish", { ticket: "x" }),
    });
    const begun = await prepare(call("totp.begin", { name: "My phone" }, own));
    const { id, secret } = door === "v1" ? begun.json : begun.json.result.data;
    const codeOf = (around: number) => codeNow(server, secret, around);
    await prepare(call("totp.confirm", { id, code: codeOf(-1) }, own));
    const refused = await ask("with a factor", call("signIn.password", ana));
    const { ticket } = (door === "v1" ? refused.json.error : refused.json.error.data).next;
    const give = (value: string, ...headers: readonly Header[]) =>
      call("signIn.factor", { ticket, factor: { kind: "totp", code: value } }, ...headers);
    await askAll({
      "with a factor, in Chinese": call("signIn.password", ana, preferring("zh")),
      "a wrong code": give(codeOf(5)),
      "a wrong code in Chinese": give(codeOf(5), preferring("zh")),
      "not to be finished": call("signIn.finish", { ticket }),
      "the right code": give(codeOf(0)),
      "the ticket again": give(codeOf(1)),
      "a wrong code in the same call": call("signIn.password", ana, code(codeOf(5))),
      "the right code in the same call": call("signIn.password", ana, code(codeOf(1))),
      "that code again": call("signIn.password", ana, code(codeOf(1))),
    });
  },
});
