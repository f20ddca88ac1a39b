import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { FIELDS, faultStatus } from "./endpoints.js";
import { entry, expectDetail, expectEntries } from "./expect-answer.js";
import { sendRaw } from "./raw.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const REGISTER = "/api/auth/register";
const user = () => ({ username: freshEmail().replace("@", " at "), email: freshEmail(), password: PASSWORD });
const post = (body: string | Uint8Array, type?: string, path = REGISTER) =>
  send(server, "POST", path, { body, ...(type !== undefined && { headers: { "Content-Type": type } }) });

const NOTHING = { loc: ["body"], msg: "field required", type: "value_error.missing" };
const NO_OBJECT = { loc: ["body"], msg: "value is not a valid dict", type: "type_error.dict" };
const malformed = (msg: string, pos: number, lineno: number, colno: number) => ({
  loc: ["body", pos],
  msg: `${msg}: line ${lineno} column ${colno} (char ${pos})`,
  type: "value_error.jsondecode",
  ctx: { msg, pos, lineno, colno },
});

describe("a content type", () => {
  it.each([
    undefined,
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;charset=iso-8859-1;x=y",
    " application/json ; charset=utf-8",
    "application/vnd.api+json",
    "application/PROBLEM+JSON",
    "application/a+b+json; v=1",
  ])("%j is JSON", async (type) => {
    expect((await post(JSON.stringify(user()), type)).status).toBe(200);
  });

  it.each([
    "text/plain",
    "text/plain;charset=UTF-8",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/javascript",
    "application/jsonp",
    "application/json-patch",
    "application/json/x",
    "application/+xml",
    "json",
    "*/*",
  ])("%j is not", async (type) => {
    expectEntries(await post(JSON.stringify(user()), type), [NO_OBJECT]);
    expectEntries(await post(Uint8Array.of(0xff, 0xfe), type), [NO_OBJECT]);
    expectEntries(await post("", type), [NOTHING]);
  });
});

it("an empty content type is none", async () => {
  const headers = { "Content-Type": "" };
  const body = JSON.stringify(user());
  const answer = await sendRaw(server, { method: "POST", path: REGISTER, headers, body });
  expect(answer.status).toBe(200);
});

describe.each(Object.keys(FIELDS))("%s", (path) => {
  const status = faultStatus(path);
  const json = "application/json";

  it("misses a body that is not there, empty or null", async () => {
    expectEntries(await send(server, "POST", path), [NOTHING], status);
    for (const type of [undefined, json]) {
      expectEntries(await post("", type, path), [NOTHING], status);
      expectEntries(await post("null", type, path), [NOTHING], status);
      expectEntries(await post(" \nnull\t", type, path), [NOTHING], status);
    }
  });

  it.each(["[]", "[1]", '[["email","a@b.com"]]', '""', '"text"', "0", "1.5", "true", "false", "NaN"])(
    "takes %s for no object",
    async (body) => {
      expectEntries(await post(body, json, path), [NO_OBJECT], status);
    },
  );

  it.each([
    ["{", "Expecting property name enclosed in double quotes", 1, 1, 2],
    ["oops", "Expecting value", 0, 1, 1],
    [" ", "Expecting value", 1, 1, 2],
    ["{} {}", "Extra data", 3, 1, 4],
    ['{"email":"a@b.co', "Unterminated string starting at", 9, 1, 10],
    ['{"email":"a@b.com",}', "Expecting property name enclosed in double quotes", 19, 1, 20],
    ['{\r\n "字": "😀",\n "password": oops\n}', "Expecting value", 27, 3, 14],
  ])("says where %j is malformed, and does not repeat it", async (body, msg, pos, lineno, colno) => {
    expectEntries(await post(body, json, path), [malformed(msg, pos, lineno, colno)], status);
    expectEntries(await post(`\ufeff${body}`, json, path), [malformed(msg, pos, lineno, colno)], status);
  });

  it("cannot read what is no UTF-8", async () => {
    for (const bytes of [[0xff], [0x22, 0xc3, 0x28, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xc0, 0xaf]]) {
      const answer = await post(Uint8Array.from(bytes), json, path);
      expectDetail(answer, 400, "There was an error parsing the body");
    }
  });

  it("cannot read what nests too deep", async () => {
    for (const body of ["[".repeat(60_000), `${'{"email":'.repeat(5000)}1${"}".repeat(5000)}`]) {
      expectDetail(await post(body, json, path), 400, "There was an error parsing the body");
    }
    const deep = `{"email":${"[".repeat(500)}${"]".repeat(500)}}`;
    expect((await post(deep, json, path)).json.detail).toBeInstanceOf(Array);
  });

  it("refuses a body of 64 KiB, said in advance or not", async () => {
    const padded = (bytes: number) => `{}${" ".repeat(bytes - 2)}`;
    const fits = await post(padded(65_535), json, path);
    expectEntries(fits, (FIELDS[path] ?? []).map(entry.missing), status);
    expectDetail(await post(padded(65_536), json, path), 413, "Request body too large");
    for (const [bytes, expected] of [
      [65_535, status],
      [65_536, 413],
      [1_000_000, 413],
    ] as const) {
      const headers = { "Content-Type": json, "Transfer-Encoding": "chunked" };
      const answer = await sendRaw(server, { method: "POST", path, headers, body: padded(bytes) });
      expect(answer.status).toBe(expected);
      expect(answer.headers["content-type"]).toBe("application/json");
      if (expected === 413) expect(answer.text).toBe('{"detail":"Request body too large"}');
    }
  });
});

describe("JSON", () => {
  it("may begin with a byte order mark, of which it may not consist", async () => {
    expect((await post(`\ufeff${JSON.stringify(user())}`, "application/json")).status).toBe(200);
    expectEntries(await post("\ufeff"), [malformed("Expecting value", 0, 1, 1)]);
    expectEntries(await post("\ufeff\ufeff{}"), [malformed("Expecting value", 0, 1, 1)]);
  });

  it("may name a key twice: the last one counts", async () => {
    const { username, email } = user();
    const body = `{"username":1,"username":"${username}","email":null,"email":"${email}","password":"${PASSWORD}"}`;
    expect((await post(body)).json.data.user).toMatchObject({ username, email });
    const worse = `{"username":"${username}","username":null,"email":"a@b.com","password":"${PASSWORD}"}`;
    expectEntries(await post(worse), [entry.nothing("username")]);
  });

  it("may write letters as escapes, and answers do not", async () => {
    const username = `用户 ${freshEmail().replace("@", " ")}`;
    const escaped = [...username].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    const body = `{"username":"${escaped}","email":"${freshEmail()}","password":"${PASSWORD}"}`;
    const answer = await post(body);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`"username":"${username}"`);
  });
});
