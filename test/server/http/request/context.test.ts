import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnswerRoom, ROOM } from "../../../../apps/server/src/http/edge/answer-room.js";
import { contextOf } from "../../../../apps/server/src/http/request/context.js";
import {
  parseTrustedProxies,
  type TrustedProxies,
} from "../../../../apps/server/src/http/request/network.js";
import type { Context } from "../../../../apps/server/src/rpc/context.js";
import { sendRaw } from "../../../seeds/raw.js";

const answerRoom = createAnswerRoom(ROOM, () => {});
let server: Server;
let trusted: TrustedProxies = { hops: 0 };
/** Answers with what a procedure would be told about the request. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const context = contextOf(request, response, { trustedProxies: trusted, answerRoom });
    const told = {
      address: context.address(),
      network: context.network(),
      site: context.site(),
      userAgent: context.userAgent(),
      language: context.language(),
      device: context.device(),
    };
    response.end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const tell = async (headers: Readonly<Record<string, string>> = {}, proxies = "0") => {
  const parsed = parseTrustedProxies(proxies);
  if ("fault" in parsed) throw new Error(parsed.fault);
  trusted = parsed.value;
  const { port } = server.address() as AddressInfo;
  return JSON.parse((await sendRaw({ port }, { method: "GET", path: "/", headers })).text);
};

describe("the address that a procedure is told", () => {
  it("is the connection's, whatever the client writes", async () => {
    expect(await tell({ "X-Forwarded-For": "203.0.113.9" })).toMatchObject({ address: "127.0.0.1" });
  });

  it("is the one that a trusted proxy saw, complete and in one spelling", async () => {
    const seen = (forwarded: string) => tell({ "X-Forwarded-For": forwarded }, "127.0.0.0/8");
    expect(await seen("198.51.100.1, 203.0.113.9")).toMatchObject({ address: "203.0.113.9" });
    expect(await seen("::ffff:203.0.113.9")).toMatchObject({ address: "203.0.113.9" });
    expect(await seen("2001:DB8:0:0:0:0:0:1")).toMatchObject({
      address: "2001:db8::1",
      network: "2001:db8:0:0::/64",
      site: "2001:db8:0::/48",
    });
    expect(await seen("2001:db8:7:8:9::1")).toMatchObject({
      network: "2001:db8:7:8::/64",
      site: "2001:db8:7::/48",
    });
    expect(await seen("203.0.113.9")).toMatchObject({ network: "203.0.113.9", site: "203.0.113.9" });
  });

  it.each([
    ["198.51.100.1, 203.0.113.9", "1", "203.0.113.9"],
    ["198.51.100.1, 203.0.113.9", "2", "198.51.100.1"],
    ["198.51.100.1, 203.0.113.9", "3", "198.51.100.1"],
    [`${"::1,".repeat(3000)}203.0.113.9`, "1", "203.0.113.9"],
    [`${",".repeat(15_000)}203.0.113.9`, "1", "203.0.113.9"],
    [`198.51.100.1${",".repeat(15_000)}`, "1", "127.0.0.1"],
    [",203.0.113.9", "3", "127.0.0.1"],
    ["", "1", "127.0.0.1"],
    [",", "1", "127.0.0.1"],
    [`[${"]:1".repeat(5000)}`, "1", "127.0.0.1"],
    [`203.0.113.9${" ".repeat(15_000)}`, "1", "203.0.113.9"],
  ])("counts hops from the right: %.40s with TRUST_PROXY=%s is %s", async (forwarded, proxies, address) => {
    expect(await tell({ "X-Forwarded-For": forwarded }, proxies)).toMatchObject({ address });
  });

  it("is a client's own even if the client is in the proxies' network", async () => {
    const networks = "127.0.0.0/8,10.0.0.0/8";
    const seen = (forwarded: string) => tell({ "X-Forwarded-For": forwarded }, networks);
    expect(await seen("10.1.2.9")).toMatchObject({ address: "10.1.2.9", network: "10.1.2.9" });
    expect(await seen("10.1.2.9, 10.0.0.1")).toMatchObject({ address: "10.1.2.9" });
  });

  it.each([
    "10.0.0.0/",
    "10.0.0.0/8/9",
    "10.0.0.0/0x8",
    "10.0.0.0/1e1",
    "10.0.0.0/ 8",
    "10.0.0.0/33",
    "0.0.0.0/0",
    "::/",
    "::/0",
    "fd00::/129",
    "10.0.0.0/8,",
    "10.0.0.0/8,::1/x",
  ])("is believed of no proxy if TRUST_PROXY is %j, which is a fault", (networks) => {
    expect(parseTrustedProxies(networks)).toHaveProperty("fault");
  });

  it("is found behind thirty-two proxies of the operator's in a row; of more, the connection counts", async () => {
    const behind = (proxies: number) =>
      tell({ "X-Forwarded-For": `203.0.113.9${",10.0.0.1".repeat(proxies)}` }, "127.0.0.0/8,10.0.0.0/8");
    expect(await behind(31)).toMatchObject({ address: "203.0.113.9" });
    expect(await behind(32)).toMatchObject({ address: "127.0.0.1" });
    expect(await behind(1500)).toMatchObject({ address: "127.0.0.1" });
  });
});

it("a procedure is told when its client has hung up", async () => {
  let context: Context | undefined;
  const deaf = createServer((request, response) => {
    context = contextOf(request, response, { trustedProxies: trusted, answerRoom });
  });
  await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
  const client = connect((deaf.address() as AddressInfo).port, "127.0.0.1");
  client.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  const [{ socket }] = await once(deaf, "request");
  expect(context?.isGone()).toBe(false);
  client.destroy();
  await once(socket, "close");
  expect(context?.isGone()).toBe(true);
  await new Promise((resolve) => deaf.close(resolve));
});

describe("the user agent that a procedure is told", () => {
  it("is the client's own text", async () => {
    expect(await tell({ "User-Agent": "Mozilla/5.0 (X11)" })).toMatchObject({
      userAgent: "Mozilla/5.0 (X11)",
    });
  });

  it("has at most 512 characters, and no control characters", async () => {
    const { userAgent } = await tell({ "User-Agent": `a\u0085b\u009fc${"d".repeat(2000)}` });
    expect(userAgent).toBe(`abc${"d".repeat(509)}`);
  });

  it("is absent if the client sends none", async () => {
    expect(await tell({ "User-Agent": "" })).not.toHaveProperty("userAgent");
    expect(await tell()).not.toHaveProperty("userAgent");
  });
});

describe("the language that a procedure is told", () => {
  it.each([
    [undefined, "en"],
    ["", "en"],
    ["zh", "zh-CN"],
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"],
    ["zh-Hant-TW", "zh-CN"],
    ["ZH-cn", "zh-CN"],
    ["en-US,en;q=0.9,zh-CN;q=0.8", "en"],
    ["en;q=0.5, zh;q=0.7", "zh-CN"],
    ["zh;q=0.5,en;q=0.5", "zh-CN"],
    ["en;q=0.5,zh;q=0.5", "en"],
    ["fr-FR, zh;q=0.1", "zh-CN"],
    ["zh;q=0", "en"],
    ["zh;q=0.1,*", "en"],
    ["zh;q=broken", "en"],
    ["zhuang", "en"],
    [";;,,;q=", "en"],
  ])("by Accept-Language %j is %s", async (accepted, language) => {
    const headers = accepted === undefined ? {} : { "Accept-Language": accepted };
    expect(await tell(headers)).toMatchObject({ language });
  });
});

describe("the device that a procedure is told", () => {
  it("is the id that the client keeps", async () => {
    const device = "b1946ac9-2d4f-4a0e-9d8b-5e3f0c1a7d62";
    expect(await tell({ "Latchkey-Device": device })).toMatchObject({ device });
  });

  it.each(["", "short", "x".repeat(15), "x".repeat(129), `${"x".repeat(16)}\u00e9`])(
    "is absent if the id is invalid: %j",
    async (id) => {
      expect(await tell({ "Latchkey-Device": id })).not.toHaveProperty("device");
    },
  );
});
