import type { Chapter } from "../play.js";
import { me, signUp, usersLogin, verify } from "../requests.js";
import type { Header, WireRequest } from "../wire.js";

const lines = (...all: readonly string[]) => `${all.join("\r\n")}\r\n\r\n`;

/** Requests that are not valid HTTP, or only just are. */
const RAW: Readonly<Record<string, string>> = {
  "HTTP/1.0": lines("GET /api/users/me HTTP/1.0"),
  "HTTP/1.0 that keeps its connection": lines("GET /api/users/me HTTP/1.0", "Connection: keep-alive"),
  "no Host": lines("GET /api/users/me HTTP/1.1"),
  "two Hosts": lines("GET /api/users/me HTTP/1.1", "Host: a", "Host: b"),
  "an empty Host": lines("GET /api/users/me HTTP/1.1", "Host:"),
  "names of headers in other letters": lines(
    "GET /api/users/me HTTP/1.1",
    "hOsT: a",
    "AUTHORIZATION: Bearer x",
  ),
  "the end of the connection": lines("GET /api/users/me HTTP/1.1", "Host: a", "Connection: close"),
  "an unknown method": lines("BREW /api/users/me HTTP/1.1", "Host: a"),
  "no HTTP": lines("hello"),
  "a header without a colon": lines("GET /api/users/me HTTP/1.1", "Host: a", "no colon"),
  "a blank before the colon": lines("GET /api/users/me HTTP/1.1", "Host: a", "Accept : x"),
  "headers too large": lines("GET /api/users/me HTTP/1.1", "Host: a", `X-Large: ${"x".repeat(20_000)}`),
  "two lengths": lines("POST /api/users/login HTTP/1.1", "Host: a", "Content-Length: 2", "Content-Length: 3"),
  "a length and chunks": `${lines(
    "POST /api/users/login HTTP/1.1",
    "Host: a",
    "Content-Length: 2",
    "Transfer-Encoding: chunked",
  )}0\r\n\r\n`,
  "a bad length": lines("POST /api/users/login HTTP/1.1", "Host: a", "Content-Length: x"),
  "a body that is awaited": lines(
    "POST /api/users/login HTTP/1.1",
    "Host: a",
    "Content-Length: 2",
    "Expect: 100-continue",
  ).concat("{}"),
  "another expectation": lines(
    "POST /api/users/login HTTP/1.1",
    "Host: a",
    "Content-Length: 2",
    "Expect: tea",
  ).concat("{}"),
};

export const connections: Chapter = {
  name: "connections",
  async play(stage) {
    for (const [label, bytes] of Object.entries(RAW)) {
      await stage.askRaw(label, bytes.length > 500 ? `${bytes.slice(0, 80)}…` : bytes, bytes);
    }
    const token = await signUp(stage, "ana@example.com");
    const bad: WireRequest = { method: "POST", target: "/api/users/login", json: {} };
    const closing: Header = ["Connection", "close"];
    await stage.askPipelined("one after another", [
      verify(token),
      me(token),
      bad,
      usersLogin("ana@example.com", "wrong"),
      { method: "HEAD", target: "/api/users/me" },
      { method: "GET", target: "/api/nothing" },
      me(token, closing),
    ]);
    await stage.ask("a login that ends the connection", {
      ...usersLogin("ana@example.com"),
      headers: [closing],
    });
    await stage.ask("compression is not offered", me(token, ["Accept-Encoding", "gzip, br"]));
    await stage.ask("another type is not offered", me(token, ["Accept", "text/html"]));
    await stage.ask("a condition is not known", me(token, ["If-None-Match", "*"]));
    await stage.ask("a part is not known", me(token, ["Range", "bytes=0-1"]));
    await stage.ask("an upgrade is not made", me(token, ["Upgrade", "h2c"], ["Connection", "Upgrade"]));
  },
};
