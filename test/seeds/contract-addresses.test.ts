import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { entry, expectEntries } from "./expect-answer.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const register = (email: string) =>
  send(server, "POST", "/api/users/register", {
    json: { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" },
  });

/** The address that an account shows. */
async function shownOf(email: string): Promise<string> {
  const json = { username: email, password: PASSWORD };
  return (await send(server, "POST", "/api/auth/login", { json })).json.data.user.email;
}

const dots = (labels: number) => "d.".repeat(labels);

describe("an address", () => {
  it.each([
    ["plain@example.com", "plain@example.com"],
    ["First.Last+Tag@Sub.Example.CO.UK", "First.Last+Tag@sub.example.co.uk"],
    ["!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"],
    ["  blanks@example.com\t\r\n", "blanks@example.com"],
    ["用户@例え.jp", "用户@例え.jp"],
    ["josé@bücher.example", "josé@bücher.example"],
    ["почта@пример.рф", "почта@пример.рф"],
    ["x@xn--e1afmkfd.xn--p1ai", "x@xn--e1afmkfd.xn--p1ai"],
    ["try@it.test", "try@it.test"],
    ["try@it.local", "try@it.local"],
    ["try@it.invalid", "try@it.invalid"],
    [`${"l".repeat(64)}@example.com`, `${"l".repeat(64)}@example.com`],
    [`a@${dots(124)}com`, `a@${dots(124)}com`],
  ])("%j is taken", async (email, shown) => {
    expect((await register(email)).text).toBe('{"message":"User registered successfully."}');
    expect(await shownOf(shown)).toBe(shown);
  });

  it.each([
    "",
    " ",
    "plain",
    "@example.com",
    "nobody@",
    "no dot@example.com",
    "no@dot",
    "two@@example.com",
    "a@b@example.com",
    ".a@example.com",
    "a.@example.com",
    "a..b@example.com",
    "a@.example.com",
    "a@example..com",
    "a@example.com.",
    "a@-example.com",
    "a@example-.com",
    "a@exam_ple.com",
    "a@example.c0",
    "a@127.0.0.1",
    "a@[127.0.0.1]",
    '"a b"@example.com',
    "San Zhang <san@example.com>",
    "<san@example.com>",
    "a@example.com, b@example.com",
    "mailto:a@example.com",
    "a@example.com/path",
    "a@example.com:25",
    "a\u200b@example.com",
    "a@example.onion",
    "a@host.localhost",
    `${"l".repeat(65)}@example.com`,
    `a@${"d".repeat(64)}.com`,
    `a@${dots(125)}com`,
    `a@${dots(2000)}com`,
  ])("%j is refused", async (email) => {
    expectEntries(await register(email), [entry.badAddress()]);
  });
});
