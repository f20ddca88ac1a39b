import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { strengthOf } from "../../../../apps/server/src/features/credentials/service.js";
import { send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

describe("the strength of a password", () => {
  it.each([
    ["", 0],
    ["x7#Kq", 0],
    ["password123", 0],
    ["WOAINI1314", 0],
    ["aabbaabbccaabb", 1],
    ["kumquat", 1],
    ["kumquat7", 2],
    ["kumquat7!", 3],
    ["Kumquat-7-trees", 4],
    ["four plain words together", 4],
    ["小红的猫在七楼睡觉吃鱼看书", 3],
  ])("of %j is %i", (password, score) => expect(strengthOf(password, "en", 6).score).toBe(score));

  it("says which rules are met, and that a common password is common, in both languages", () => {
    const { rules, common, message } = strengthOf("Passw0rd", "zh-CN", 6);
    expect(rules.map(({ rule, met }) => [rule, met])).toEqual([
      ["length", true],
      ["lowercase", true],
      ["uppercase", true],
      ["digit", true],
      ["special", false],
    ]);
    expect([common, message]).toEqual([true, "请避免使用常见密码：这个密码会最先被尝试。"]);
    expect(rules[4]?.message).toBe("特殊字符");
  });
});

describe("passwords.strength", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());
  const ask = (password: unknown, headers = {}) =>
    send(server, "POST", "/api/v1/passwords/strength", { json: { password }, headers });

  it("answers anyone, in the language of the request", async () => {
    const { status, json } = await ask("kumquat7!", { "Accept-Language": "zh-CN,zh;q=0.9" });
    expect([status, json.score, json.message]).toEqual([200, 3, "良好。"]);
  });

  it("refuses what cannot be a password", async () => {
    expect((await ask("x".repeat(1025))).status).toBe(422);
    expect((await ask(undefined)).status).toBe(422);
  });

  it("stores the password nowhere: neither in the log nor in the audit log", async () => {
    await ask("Tr0mbone-lemonade");
    expect(server.logLines.join("")).not.toContain("Tr0mbone");
    expect((await server.app.features.audit.list({}, { limit: 10 })).entries).toEqual([]);
  });
});
