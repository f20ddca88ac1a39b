import type { Chapter } from "../play.js";
import {
  authRegister,
  bearer,
  newAdministrator,
  newestSecret,
  PASSWORD,
  preferring,
  signUp,
  usersLogin,
} from "../requests.js";
import type { Door } from "./doors.js";

const ID = "00000000-0000-4000-8000-000000000000";

export const invitations = ({ door, call }: Door): Chapter => ({
  name: `${door}-invitations`,
  async play(stage) {
    const { ask, askAll, server } = stage;
    const user = bearer(await signUp(stage, "ana@example.com"));
    await stage.prepare(authRegister("dora"));
    const admin = bearer(await newAdministrator(stage));
    const idOf = ({ json }: Awaited<ReturnType<typeof ask>>): string =>
      door === "v1" ? json.id : json.result.data.id;
    const withdrawn = idOf(
      await ask("one", call("adminInvitations.create", { email: "bo@x.example" }, admin)),
    );
    server.clock.advance({ minutes: 1 });
    const given = { email: "Carl@x.example", role: "admin", language: "zh-CN" };
    const accepted = idOf(await ask("one with all fields", call("adminInvitations.create", given, admin)));
    const page = await ask("a first page", call("adminInvitations.list", { limit: 1 }, admin));
    const { next } = door === "v1" ? page.json : page.json.result.data;
    await askAll({
      "the next page": call("adminInvitations.list", { limit: 1, before: next }, admin),
      "what does not fit a list": call("adminInvitations.list", { limit: 0, before: "x" }, admin),
      "a taken address": call("adminInvitations.create", { email: "ana@example.com" }, admin),
      "that in Chinese": call(
        "adminInvitations.create",
        { email: "ana@example.com" },
        admin,
        preferring("zh"),
      ),
      "what does not fit": call("adminInvitations.create", { email: "x", role: "x", language: "x" }, admin),
      "an unknown one mailed again": call("adminInvitations.resend", { id: ID }, admin),
      "what is no id": call("adminInvitations.resend", { id: "x" }, admin),
      withdrawn: call("adminInvitations.withdraw", { id: withdrawn }, admin),
      "withdrawn again": call("adminInvitations.withdraw", { id: withdrawn }, admin),
      "that, too, in Chinese": call("adminInvitations.withdraw", { id: withdrawn }, admin, preferring("zh")),
    });
    // The link of a later moment is the one that counts.
    server.clock.advance({ minutes: 1 });
    await ask("mailed again", call("adminInvitations.resend", { id: accepted }, admin));
    const secret = await newestSecret(stage, "Carl@x.example");
    const accept = (change: object) => call("invitations.accept", { secret, password: PASSWORD, ...change });
    await askAll({
      "accepted with a secret of no link": accept({ secret: "x".repeat(43) }),
      "with what is no secret": accept({ secret: "x", password: "x" }),
      "with a taken name": accept({ username: "Dora" }),
      "with a foreign address as name": accept({ username: "foreign@x.example" }),
      "with a name": accept({ username: "carl", firstName: "Carl", phoneNumber: "1" }),
      "with the same link": accept({ username: "carl2" }),
      "its owner signs in": usersLogin("carl@x.example"),
      "no invitation is left": call("adminInvitations.list", {}, admin),
      "none can be mailed again": call("adminInvitations.resend", { id: accepted }, admin),
    });
    for (const name of ["list", "create", "resend", "withdraw"]) {
      const input = { id: ID, email: "d@x.example" };
      await ask("without a token", call(`adminInvitations.${name}`, input));
      await ask("by a user", call(`adminInvitations.${name}`, input, user));
    }
    const late = await ask("one more", call("adminInvitations.create", { email: "late@x.example" }, admin));
    const lateSecret = await newestSecret(stage, "late@x.example");
    server.clock.advance({ minutes: 11 });
    await ask("without a recent password", call("adminInvitations.create", { email: "e@x.example" }, admin));
    server.clock.advance({ days: 7 });
    await askAll({
      "an expired one is accepted": accept({ secret: lateSecret }),
      "an expired one in Chinese": call(
        "invitations.accept",
        { secret: lateSecret, password: PASSWORD },
        preferring("zh"),
      ),
    });
    const again = bearer((await stage.prepare(usersLogin("admin@example.com"))).token());
    await ask("an expired one is mailed again", call("adminInvitations.resend", { id: idOf(late) }, again));
  },
});
