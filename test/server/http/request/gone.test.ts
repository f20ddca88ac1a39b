import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../../../support/server.js";
import { newAdmin, newUser } from "../../features/user-administration/doors.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const entry = async (action: string) =>
  (await server.app.features.audit.list({ action }, { limit: 1 })).entries.at(0);

/** Resolves once the audit log has an entry of this action. */
async function awaitEntry(action: string) {
  for (;;) {
    const found = await entry(action);
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it("knows where a change came from, even if the caller resets the connection right after the request", async () => {
  const [admin, user] = [await newAdmin(server), await newUser(server)];
  const socket = connect(server.port, "127.0.0.1");
  const request =
    `POST /api/v1/admin/users/${user.id}/temporary-password HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${admin.token}\r\n` +
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  const arrived = new Promise<void>((resolve) => server.app.server.once("request", () => resolve()));
  socket.write(request);
  await arrived;
  socket.resetAndDestroy();
  expect(await awaitEntry("admin.users.set_temporary_password")).toMatchObject({
    outcome: "ok",
    address: "127.0.0.1",
  });
});
