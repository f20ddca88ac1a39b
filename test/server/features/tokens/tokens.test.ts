import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { createKeys } from "../../../../apps/server/src/features/signing-keys/service.js";
import { sqliteKeyStore } from "../../../../apps/server/src/features/signing-keys/store.sqlite.js";
import { type Claims, createTokens } from "../../../../apps/server/src/features/tokens/service.js";
import { frozenClock } from "../../../support/server.js";
import { MIGRATIONS, openTestSqlite } from "../../../support/sqlite.js";

/** The tokens of two processes of one deployment. */
function twoProcesses(secret: string | undefined) {
  const clock = frozenClock();
  const { sqlite, path, close } = openTestSqlite();
  const second = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  const tokensOf = (connection: typeof sqlite) =>
    createTokens({
      keys: createKeys({ store: sqliteKeyStore(connection), clock, secret, keepMs: 1000 }),
      clock,
      issuer: undefined,
    });
  return {
    clock,
    one: tokensOf(sqlite),
    other: tokensOf(second),
    close() {
      second.close();
      close();
    },
  };
}

const claims = (): Claims => ({
  sub: randomUUID(),
  username: "Zoë 令牌",
  iat: 1,
  exp: 2,
  jti: randomUUID(),
  sid: randomUUID(),
});

describe.each([
  ["a shared secret", randomBytes(48).toString("base64")],
  ["keys of their own", undefined],
])("two processes with %s", (_, secret) => {
  const { one, other, clock, close } = twoProcesses(secret);
  afterAll(close);

  it("accept what the other has signed", async () => {
    const signed = claims();
    expect(await other.verify(await one.sign(signed))).toEqual(signed);
  });

  it("check it within the turn, so that requests that came together stay together", async () => {
    await other.verify(await one.sign(claims())); // The keys are loaded.
    const token = await one.sign(claims());
    const turn = new Promise((resolve) => setImmediate(resolve, "the turn was over"));
    expect(await Promise.race([other.verify(token), turn])).toMatchObject({ iat: 1 });
  });

  it("refuse a signature that is wrong at its start, at its end, or as a whole", async () => {
    const [header, payload, signature = ""] = (await one.sign(claims())).split(".");
    const bytes = Buffer.from(signature, "base64url");
    const wrong = [0, bytes.length - 1].map((at) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    for (const each of [...wrong, bytes.subarray(1), Buffer.alloc(bytes.length), Buffer.from([0])]) {
      const token = `${header}.${payload}.${Buffer.from(each).toString("base64url")}`;
      expect(await other.verify(token)).toBeUndefined();
    }
  });

  it("refuse a token that was issued more than 60 s ahead, even one of their own after the clock was set back", async () => {
    const nowSeconds = clock.nowMs() / 1000;
    const ahead = async (seconds: number) => {
      const signed = { ...claims(), iat: nowSeconds + seconds, exp: nowSeconds + 3600 };
      const token = await one.sign(signed);
      return Promise.all([one, other].map((each) => each.verify(token)));
    };
    expect(await ahead(61)).toEqual([undefined, undefined]);
    expect((await ahead(60)).map((found) => found?.iat)).toEqual([nowSeconds + 60, nowSeconds + 60]);
    const token = await one.sign({ ...claims(), iat: nowSeconds, exp: nowSeconds + 7200 });
    expect(await other.verify(token)).toBeDefined();
    clock.advance({ minutes: -60 });
    expect([await one.verify(token), await other.verify(token)]).toEqual([undefined, undefined]);
    clock.advance({ minutes: 59 });
    expect([await one.verify(token), await other.verify(token)]).not.toContain(undefined);
    clock.advance({ minutes: 1 });
  });

  it("refuse a genuine token of another deployment", async () => {
    const foreign = twoProcesses(secret && `${secret}x`);
    const token = await foreign.one.sign(claims());
    foreign.close();
    expect(await other.verify(token)).toBeUndefined();
  });
});
