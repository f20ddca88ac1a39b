import { describe, expect, it } from "vitest";
import {
  authenticationOf,
  hasUsableToken,
  isConfirmed,
  isExchangeable,
  isLive,
  isRecent,
  judgeReuse,
  tokenEndMs,
  tokenTimes,
  withMethods,
} from "../../../../apps/server/src/features/sessions/rules.js";

describe("a session", () => {
  const session = { userId: 1, revokedAtMs: null, epoch: 3, createdAtMs: 1_000, expiresAtMs: 9_000 };
  const owner = { id: 1, sessionEpoch: 3, disabled: false };

  it("is alive for the account that it belongs to, until it expires", () => {
    expect(isLive(session, owner, 8_999)).toBe(true);
    expect(isLive(session, owner, 9_000)).toBe(false);
  });

  it.each([
    ["is revoked", { ...session, revokedAtMs: 1 }, owner],
    ["is of an earlier epoch", { ...session, epoch: 2 }, owner],
    ["is of a later epoch", { ...session, epoch: 4 }, owner],
    ["is another account's", { ...session, userId: 2 }, owner],
    ["is of a disabled account", session, { ...owner, disabled: true }],
  ])("is not alive where it %s", (_, each, of) => {
    expect(isLive(each, of, 5_000)).toBe(false);
  });

  it("can be continued until its token ends", () => {
    expect(hasUsableToken({ tokenEndsAtMs: 10 }, 9)).toBe(true);
    expect(hasUsableToken({ tokenEndsAtMs: 10 }, 10)).toBe(false);
  });

  it("does what asks for a password for 10 minutes after one was given", () => {
    expect(isRecent({ confirmedAtMs: 1_000 }, 600_999)).toBe(true);
    expect(isRecent({ confirmedAtMs: 1_000 }, 601_000)).toBe(false);
    expect(isRecent({ confirmedAtMs: 61_000 }, 1_000)).toBe(true);
    expect(isRecent({ confirmedAtMs: 61_001 }, 1_000)).toBe(false);
  });
});

describe("a session of an account with a second factor", () => {
  const owner = { factorGeneration: 5 };

  it("does what asks for a recent proof for 10 minutes after a factor was given, not the password", () => {
    const session = { confirmedAtMs: 900_000, factorAtMs: 1_000 };
    expect(isConfirmed(session, owner, 600_999)).toBe(true);
    expect(isConfirmed(session, owner, 601_000)).toBe(false);
    expect(isConfirmed({ ...session, factorAtMs: null }, owner, 900_000)).toBe(false);
    expect(isConfirmed({ ...session, factorAtMs: 1_000_000 }, owner, 900_000)).toBe(false);
  });

  it("asks for the password again once the last factor is gone", () => {
    const session = { confirmedAtMs: 1_000, factorAtMs: 900_000 };
    expect(isConfirmed(session, { factorGeneration: 0 }, 600_999)).toBe(true);
    expect(isConfirmed(session, { factorGeneration: 0 }, 900_000)).toBe(false);
  });
});

describe("how a user signed in", () => {
  const at = { createdAtMs: 1_500, confirmedAtMs: 2_500, factorAtMs: null };

  it("is not in tokens after a password alone", () => {
    expect(authenticationOf({ ...at, methods: "pwd" })).toEqual({});
  });

  it.each([
    ["pwd otp", { amr: ["pwd", "otp", "mfa"], auth_time: 2, acr: "2fa" }],
    ["pwd rcv", { amr: ["pwd", "rcv", "mfa"], auth_time: 2, acr: "2fa" }],
    ["eml", { amr: ["eml"], auth_time: 2, acr: "1fa" }],
    ["swk", { amr: ["swk"], auth_time: 2, acr: "1fa" }],
    ["swk otp", { amr: ["swk", "otp", "mfa"], auth_time: 2, acr: "2fa" }],
    ["hwk", { amr: ["hwk", "mfa"], auth_time: 2, acr: "2fa" }],
  ])("is in tokens after %s", (methods, claims) => {
    expect(authenticationOf({ ...at, methods })).toEqual(claims);
  });

  it("was last proved when the last factor was given", () => {
    expect(authenticationOf({ ...at, methods: "pwd otp", factorAtMs: 9_999 })).toMatchObject({
      auth_time: 9,
    });
  });

  it("gains each method that is given later once", () => {
    expect(withMethods({ methods: "pwd" }, ["otp"])).toBe("pwd otp");
    expect(withMethods({ methods: "pwd otp" }, ["otp"])).toBe("pwd otp");
  });
});

describe("a token", () => {
  it("lives as long as it should, in whole seconds, but never longer than its session", () => {
    const session = { expiresAtMs: 100_900 };
    expect(tokenTimes(session, { nowMs: 10_999, lifetimeMs: 60_400 })).toEqual({ iat: 10, exp: 70 });
    expect(tokenTimes(session, { nowMs: 10_999, lifetimeMs: 1 })).toEqual({ iat: 10, exp: 11 });
    expect(tokenTimes(session, { nowMs: 60_000, lifetimeMs: 60_000 })).toEqual({ iat: 60, exp: 100 });
  });

  it("is remembered as long as it can be used or exchanged, whichever is longer", () => {
    expect(tokenEndMs({ iat: 10, exp: 70 }, 5_000)).toBe(70_000);
    expect(tokenEndMs({ iat: 10, exp: 70 }, 90_000)).toBe(100_000);
  });

  it("can be exchanged within its window, counted from its issue", () => {
    expect(isExchangeable({ iat: 10 }, 5_000, 14_999)).toBe(true);
    expect(isExchangeable({ iat: 10 }, 5_000, 15_000)).toBe(false);
  });
});

describe("an exchanged token that is presented again", () => {
  const exchanged = { atMs: 0, keyHash: "hash", sealedSuccessor: "sealed" };
  const keyed = { keyed: true };
  const graceMs = 10_000;

  it("with its idempotency key gets the same successor, for a minute", () => {
    const again = (nowMs: number) =>
      judgeReuse(exchanged, keyed, { key: "same", nowMs, strict: true, graceMs });
    expect([again(0), again(60_000), again(60_001), again(1e9)]).toEqual([
      "repeat",
      "repeat",
      "refuse",
      "refuse",
    ]);
    // A clock that ran ahead must not prolong it.
    expect([again(-60_000), again(-60_001)]).toEqual(["repeat", "refuse"]);
    const unsealed = { ...exchanged, sealedSuccessor: null };
    expect(judgeReuse(unsealed, keyed, { key: "same", nowMs: 1, strict: true, graceMs })).toBe("refuse");
  });

  it.each([
    ["a keyed session, and contests it before", keyed, false, "contest"],
    ["any session where that is strict, and is refused before", { keyed: false }, true, "refuse"],
  ])("without the key is a theft after 10 seconds in %s", (_, session, strict, before) => {
    const again = (nowMs: number) =>
      judgeReuse(exchanged, session, { key: "another", nowMs, strict, graceMs });
    expect([again(10_000), again(10_001)]).toEqual([before, "theft"]);
  });

  it("contests no session if neither the exchange nor the repetition has a key, or both the same", () => {
    const unsealed = { ...exchanged, sealedSuccessor: null };
    for (const key of ["none", "same"] as const) {
      expect(judgeReuse(unsealed, keyed, { key, nowMs: 1, strict: true, graceMs })).toBe("refuse");
    }
  });

  it("without any key gets the same successor while the grace lasts, unless a key was ever used", () => {
    const again = (nowMs: number, session = { keyed: false }) =>
      judgeReuse(exchanged, session, { key: "none", nowMs, strict: false, graceMs });
    expect([again(0), again(10_000), again(10_001), again(-10_001)]).toEqual([
      "repeat",
      "repeat",
      "refuse",
      "refuse",
    ]);
    expect([again(0, keyed), again(10_001, keyed)]).toEqual(["refuse", "theft"]);
    const strict = (nowMs: number, graceMs: number) =>
      judgeReuse(exchanged, { keyed: false }, { key: "none", nowMs, strict: true, graceMs });
    expect([strict(30_000, 30_000), strict(30_001, 30_000)]).toEqual(["repeat", "theft"]);
    expect([strict(1, 0), strict(10_001, 0)]).toEqual(["refuse", "theft"]);
  });

  it("is never a theft in a session without keys, unless that is strict", () => {
    const reuse = { key: "none", nowMs: 1e9, strict: false, graceMs } as const;
    expect(judgeReuse(exchanged, { keyed: false }, reuse)).toBe("refuse");
  });
});
