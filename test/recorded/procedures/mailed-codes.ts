import { mailedCode, wrongCode } from "../../support/email-code.js";
import type { Chapter, Stage } from "../play.js";
import { bearer, from, PASSWORD, preferring, usersLogin, usersRegister } from "../requests.js";
import type { Door } from "./doors.js";

const ID = "00000000-0000-4000-8000-000000000000";
const ANA = "ana@example.com";

/** The code in the newest mail, which is masked from now on. */
async function newestCode(stage: Stage): Promise<string> {
  // Mails of the same millisecond have no order.
  stage.server.clock.advance({ seconds: 1 });
  const { code } = await mailedCode(stage.server, ANA);
  stage.hide("mailed code", code);
  return code;
}

export const mailedCodes = ({ door, call }: Door): Chapter => ({
  name: `${door}-mailed-codes`,
  environment: { EMAIL_CODES: "both", TRUST_PROXY: "1" },
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const next = (json: unknown): { ticket: string } => {
      // Safe: the error of either door has it there.
      const { error } = json as { error: { next?: unknown; data?: { next?: unknown } } };
      return (error.next ?? error.data?.next) as { ticket: string };
    };
    const ticketOf = (json: { ticket?: string; result?: { data: { ticket: string } } }) =>
      json.ticket ?? json.result?.data.ticket ?? "";
    await prepare(usersRegister(ANA));
    const requested = await ask("a code", call("emailCode.request", { email: ANA }));
    const unconfirmed = { ticket: ticketOf(requested.json), code: await newestCode(stage) };
    await askAll({
      "for an unknown address": call("emailCode.request", { email: "nobody@example.com" }),
      "for what is no address": call("emailCode.request", { email: "nobody" }),
      "an unconfirmed address": call("emailCode.complete", unconfirmed),
      "the same in Chinese": call("emailCode.complete", unconfirmed, preferring("zh")),
      "with a new password": call("emailCode.complete", { ...unconfirmed, newPassword: PASSWORD }),
      "the same again": call("emailCode.complete", { ...unconfirmed, newPassword: PASSWORD }),
      "no ticket": call("emailCode.complete", { code: "123456" }),
    });
    const { json } = await prepare(call("emailCode.request", { email: ANA }));
    const ticket = ticketOf(json);
    const code = await newestCode(stage);
    await askAll({
      "a wrong code": call("emailCode.complete", { ticket, code: "a wrong code" }),
      "in Chinese": call("emailCode.complete", { ticket, code: "a wrong code" }, preferring("zh")),
      "the code": call("emailCode.complete", { ticket, code }),
    });

    const own = bearer((await prepare(usersLogin(ANA))).token());
    await ask("a code for an account without a factor", call("emailCode.sendToConfirm", undefined, own));
    await stage.sql("UPDATE users SET factor_generation = 5 WHERE email = ?", ANA);
    const signIn = () => call("signIn.password", { username: ANA, password: PASSWORD });
    const first = await ask("the first step", signIn());
    await ask("a code for the second", call("emailCode.send", { ticket: next(first.json).ticket }));
    const factor = { kind: "emailCode", code: await newestCode(stage) };
    const wrong = { ...factor, code: wrongCode(factor.code) };
    stage.hide("wrong code", wrong.code);
    const given = (by: object) =>
      call("signIn.factor", { ticket: next(first.json).ticket, factor: by, trustDevice: true });
    await askAll({
      "a wrong second step": given(wrong),
      "a code elsewhere": {
        ...given(factor),
        headers: [from("198.51.100.7")],
      },
    });
    const trusted = await ask("the second step", given(factor));
    const { token, trustedDevice } = door === "v1" ? trusted.json : trusted.json.result.data;
    await askAll({
      "the second step again": given(factor),
      "on the trusted device": { ...signIn(), headers: [["Latchkey-Trusted-Device", trustedDevice]] },
      "the trusted devices": call("trustedDevices.list", undefined, bearer(token)),
      "without a token": call("trustedDevices.list"),
      "an unknown device": call("trustedDevices.forget", { id: ID }, bearer(token)),
      "all of them": call("trustedDevices.forgetAll", undefined, bearer(token)),
      "a code to confirm with": call("emailCode.sendToConfirm", undefined, bearer(token)),
    });
    const confirming = { kind: "emailCode", code: await newestCode(stage) };
    server.clock.advance({ minutes: 9 });
    await askAll({
      "the password": call("account.confirm", { password: PASSWORD }, own),
      "a factor": call("account.confirm", { factor: confirming }, own),
      "the same factor": call("account.confirm", { factor: confirming }, own),
      both: call("account.confirm", { password: PASSWORD, factor: confirming }, own),
    });
  },
});
