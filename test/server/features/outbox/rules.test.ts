import { describe, expect, it } from "vitest";
import { busyWith } from "../../../../apps/server/src/features/outbox/claims.js";
import {
  isRetryable,
  judgeMail,
  retryDelayMs,
  settled,
  stateOf,
} from "../../../../apps/server/src/features/outbox/rules.js";
import { NO_SITE } from "../../../../apps/server/src/features/outbox/store.js";

it("keeps busy the sites and the domains of the mails that are being sent, but no site for notices", () => {
  const mails = [
    { askedFrom: "a", recipientKey: "san@one.example" },
    { askedFrom: NO_SITE, recipientKey: '"at@home"@two.example' },
  ];
  expect(busyWith(mails)).toEqual({ sites: ["a"], domains: ["one.example", "two.example"] });
});

describe("a new mail", () => {
  const written = { template: "t", values: { at: "noon" } };
  const asked = { template: "t", values: null };
  const open = (state: "asked" | "waiting", template = "t") => ({ template, state });

  it("waits where it is written, and is asked for where it is not", () => {
    expect([stateOf(written), stateOf(asked)]).toEqual(["waiting", "asked"]);
  });

  it("is added while fewer than so many are open", () => {
    expect(judgeMail(written, [open("waiting")], 2)).toBe("added");
    expect(judgeMail(written, [open("waiting"), open("asked")], 2)).toBe("refused");
  });

  it("is not asked for again while the same is, even where too many are open", () => {
    expect(judgeMail(asked, [open("asked")], 1)).toBe("present");
    expect(judgeMail(asked, [open("asked", "another")], 9)).toBe("added");
    expect(judgeMail(asked, [open("waiting")], 9)).toBe("added");
    expect(judgeMail(written, [open("asked")], 9)).toBe("added");
  });
});

describe("an attempt that has ended", () => {
  it("gives the mail back, wipes what was sent, and keeps why it failed", () => {
    const free = { lease: null };
    expect(settled({ state: "sent" })).toEqual({ ...free, state: "sent", lastError: null, values: null });
    expect(settled({ state: "kept" })).toEqual({ ...free, state: "kept", lastError: null });
    expect(settled({ state: "failed", error: "550" })).toEqual({
      ...free,
      state: "failed",
      lastError: "550",
    });
    expect(settled({ state: "waiting", dueAtMs: 7, error: "E" })).toEqual({
      ...free,
      state: "waiting",
      dueAtMs: 7,
      lastError: "E",
    });
  });
});

it("a mail that has failed may be tried again while it has words and is of use", () => {
  const failed = { state: "failed", values: {}, expiresAtMs: 10 } as const;
  expect(isRetryable(failed, 9)).toBe(true);
  expect(isRetryable(failed, 10)).toBe(false);
  expect(isRetryable({ ...failed, values: null }, 9)).toBe(false);
  expect(isRetryable({ ...failed, state: "kept" }, 9)).toBe(false);
});

it("attempts come further and further apart, up to an hour", () => {
  expect([1, 2, 3, 8, 50].map(retryDelayMs)).toEqual([30_000, 60_000, 120_000, 3_600_000, 3_600_000]);
});
