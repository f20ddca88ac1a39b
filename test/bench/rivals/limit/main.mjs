// What node:http can answer at all: the same bytes for each request, one turn of the event loop later, so that the
// answers of one turn leave together. It checks nothing.
import { createServer } from "node:http";
import { settings, start } from "../shared/start.mjs";

const NOW = "2026-01-01T00:00:00Z";
const USER = {
  id: "0".repeat(36),
  username: "user",
  email: "user@example.com",
  created_at: NOW,
  updated_at: NOW,
};
const ANSWERS = Object.fromEntries(
  Object.entries({
    "/api/auth/register": { user: USER, token: "none" },
    "/api/auth/login": { user: USER, token: "none" },
    "/api/auth/verify": { success: true, message: "Token is valid", data: USER },
    "/api/users/me": { email: USER.email, first_name: null, last_name: null, phone_number: null },
  }).map(([path, answer]) => [path, Buffer.from(JSON.stringify(answer))]),
);

await start(() => {
  const server = createServer((request, response) => {
    const body = ANSWERS[request.url ?? ""] ?? Buffer.from("{}");
    setImmediate(() => {
      response
        .writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length })
        .end(body);
    });
  });
  return new Promise((resolve) => server.listen(settings.port, "127.0.0.1", () => resolve(undefined)));
});
