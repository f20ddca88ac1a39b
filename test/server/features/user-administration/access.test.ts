import { randomUUID } from "node:crypto";
import { adminUsers } from "@latchkey/contracts/admin/users";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { login } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { DOORS, type Name, newAdmin, newUser, type Person } from "./doors.js";

let server: TestServer;
let admin: Person;
let target: Person;
beforeAll(async () => {
  server = await startServer();
  admin = await newAdmin(server);
  target = await newUser(server);
});
afterAll(() => server.close());

// Safe: these are the contract's own keys.
const NAMES = Object.keys(adminUsers) as Name[];
const RECENT = NAMES.filter((name) => "recent" in adminUsers[name]);
const ABOUT_ONE = NAMES.filter((name) => name !== "list" && name !== "create");

/** Valid input, about this user. */
const inputFor = (name: Name, id: string): Record<string, unknown> => {
  if (name === "list") return {};
  if (name === "create") return { email: `${randomUUID()}@example.com` };
  if (name === "resetFactors") return { id, reason: "lost" };
  return { id, ...(name === "endSession" && { sessionId: randomUUID() }) };
};

describe.each(DOORS)("over %s", (_, door) => {
  it.each(NAMES)("%s tells a stranger nothing but to sign in", async (name) => {
    const input = inputFor(name, target.id);
    expect(await door(server, name, { input })).toMatchObject({ status: 401, code: "TOKEN_MISSING" });
    const forged = await door(server, name, { input, token: "garbage" });
    expect(forged).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
  });

  it.each(NAMES)(
    "%s is refused to the owner and to any other user, whichever user it is about",
    async (name) => {
      const other = await newUser(server);
      for (const { token } of [target, other]) {
        for (const id of [target.id, other.id, admin.id, randomUUID()]) {
          const heard = await door(server, name, { input: inputFor(name, id), token });
          expect(heard).toMatchObject({ status: 403, code: "FORBIDDEN" });
        }
      }
    },
  );

  it.each(RECENT)(
    "%s asks an administrator for a password entered within the last ten minutes",
    async (name) => {
      const token = await login(server, admin.email);
      server.clock.advance({ minutes: 11 });
      const heard = await door(server, name, { input: inputFor(name, target.id), token });
      expect(heard).toMatchObject({ status: 403, code: "REAUTHENTICATION_REQUIRED" });
    },
  );

  it.each(ABOUT_ONE)(
    "%s says of an unknown id that the user does not exist, and of an invalid id that it is invalid",
    async (name) => {
      const token = await login(server, admin.email);
      const unknown = await door(server, name, { input: inputFor(name, randomUUID()), token });
      expect(unknown).toMatchObject({ status: 404, code: "USER_NOT_FOUND" });
      for (const id of ["nobody", "1", "%00", "../../me", "x".repeat(5000), "' OR 1=1 --"]) {
        const heard = await door(server, name, { input: inputFor(name, id), token });
        expect([id.slice(0, 20), heard.status]).toEqual([id.slice(0, 20), 422]);
      }
    },
  );

  it("ends with the role: the account is checked at each request, not the token", async () => {
    const demoted = await newAdmin(server);
    expect((await door(server, "list", { token: demoted.token })).status).toBe(200);
    const account = await server.app.features.accounts.findByUuid(demoted.id);
    if (account === undefined) throw new Error("there is no such account");
    await server.app.features.accounts.edit(account, { role: "user" }, BY_OPERATOR);
    expect(await door(server, "list", { token: demoted.token })).toMatchObject({ status: 401 });
    const token = await login(server, demoted.email);
    expect(await door(server, "list", { token })).toMatchObject({ status: 403, code: "FORBIDDEN" });
  });
});
