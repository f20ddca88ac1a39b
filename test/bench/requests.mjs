import { PATHS } from "./systems.mjs";

export const PASSWORD = "correct horse battery";
/** Placeholder for a number that no other request of the run has. */
export const UNIQUE = "0000000000";

/** @typedef {import("./systems.mjs").Server} Server */

/** @param {Server} server @param {keyof typeof PATHS} workload */
export const pathOf = ({ system }, workload) => system.paths?.[workload] ?? PATHS[workload];

/** @param {Server} server @param {string} name */
export function registration(server, name) {
  const email = `${name}@example.com`;
  const who = server.name === "better-auth" ? { name } : { username: name };
  return post(pathOf(server, "register"), { ...who, email, password: PASSWORD });
}

/** @param {Server} server @param {string} name */
export function signIn(server, name) {
  const who = server.name === "better-auth" ? { email: `${name}@example.com` } : { username: name };
  return post(pathOf(server, "login"), { ...who, password: PASSWORD });
}

/** @param {Server} server @param {"verify" | "me"} workload @param {string} token */
export const reading = (server, workload, token) =>
  `GET ${pathOf(server, workload)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`;

/** The request before and after the token. @param {Server} server */
export const refreshing = (server) => [
  `POST ${pathOf(server, "refresh")} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nAuthorization: Bearer `,
  "\r\n\r\n",
];

/** @param {string} path @param {object} value */
function post(path, value) {
  const body = JSON.stringify(value);
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** The token in an answer, under either of its names. @param {string} body */
export const tokenIn = (body) => /"(?:access_)?token":"([^"]+)"/.exec(body)?.[1];
