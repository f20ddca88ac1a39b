import { codeNow } from "../../support/factors.js";
import type { Chapter } from "../play.js";
import { bearer, idIn, newAdministrator, preferring, signUp } from "../requests.js";
import type { Door } from "./doors.js";

const ID = "00000000-0000-4000-8000-000000000000";

export const factors = ({ door, call }: Door): Chapter => ({
  name: `${door}-factors`,
  async play(stage) {
    const { ask, askAll, hide, server } = stage;
    const own = bearer(await signUp(stage, "ana@example.com"));
    const stranger = bearer(await signUp(stage, "bo@example.com"));
    await askAll({
      "no factors": call("factors.list", undefined, own),
      "without a token": call("factors.list"),
      "recovery codes without a factor": call("recoveryCodes.renew", undefined, own),
      "the same in Chinese": call("recoveryCodes.renew", undefined, own, preferring("zh")),
      "an app without a name": call("totp.begin", {}, own),
      "an app, without a token": call("totp.begin", { name: "x" }),
    });
    const begun = await ask("an app", call("totp.begin", { name: "My phone" }, own));
    const { id, secret } = door === "v1" ? begun.json : begun.json.result.data;
    const code = (around = 0) => codeNow(server, secret, around);
    for (const around of [0, 1, 5]) hide("code", code(around));
    await askAll({
      "a wrong code": call("totp.confirm", { id, code: code(5) }, own),
      "in Chinese": call("totp.confirm", { id, code: code(5) }, own, preferring("zh")),
      "no code": call("totp.confirm", { id }, own),
      "an unknown app": call("totp.confirm", { id: ID, code: code() }, own),
      "another user's app": call("totp.confirm", { id, code: code() }, stranger),
      "the right code": call("totp.confirm", { id, code: code() }, own),
      "once more": call("totp.confirm", { id, code: code(1) }, own),
      "one factor": call("factors.list", undefined, own),
      "another name": call("factors.rename", { id, name: "Tablet" }, own),
      "a name for another user's": call("factors.rename", { id, name: "Tablet" }, stranger),
      "in Chinese, too": call("factors.rename", { id: ID, name: "x" }, own, preferring("zh")),
      "a name that is none": call("factors.rename", { id, name: 7 }, own),
      "new recovery codes": call("recoveryCodes.renew", undefined, own),
    });
    const admin = await newAdministrator(stage);
    const byAdmin = bearer(admin);
    const { uuid } = (await server.app.features.accounts.find({ email: "ana@example.com" })) ?? { uuid: "" };
    await askAll({
      "seen by an administrator": call("adminUsers.factors", { id: uuid }, byAdmin),
      "of no user": call("adminUsers.factors", { id: ID }, byAdmin),
      "seen by another user": call("adminUsers.factors", { id: uuid }, own),
      "removed by an administrator, without a reason": call("adminUsers.resetFactors", { id: uuid }, byAdmin),
      "with one": call("adminUsers.resetFactors", { id: uuid, reason: "lost" }, byAdmin),
      "of an administrator's own": call(
        "adminUsers.resetFactors",
        { id: idIn(admin), reason: "lost" },
        byAdmin,
      ),
      "removed by the owner": call("factors.remove", { id }, own),
      "none left": call("factors.list", undefined, own),
    });
    server.clock.advance({ minutes: 11 });
    await askAll({
      "without a recent factor": call("totp.begin", { name: "x" }, own),
      "removal without one": call("factors.remove", { id }, own),
      "codes without one": call("recoveryCodes.renew", undefined, own),
    });
  },
});
