import { describe, expect, it } from "vitest";
import { type Health, readiness } from "../../../../apps/server/src/http/mounts/health.js";

const health = (database: ReturnType<Health["database"]>, draining = false): Health => ({
  database: () => database,
  redis: undefined,
  draining: () => draining,
});

describe("readiness", () => {
  it.each([
    ["up", 200, "ok"],
    ["read-only", 200, "degraded"],
    ["down", 503, "unavailable"],
  ] as const)("if the database is %s: %i %s", (database, httpStatus, status) => {
    expect(readiness(health(database))).toEqual({ httpStatus, body: { status, checks: { database } } });
  });

  it("ends while the server drains", () => {
    expect(readiness(health("up", true))).toMatchObject({ httpStatus: 503, body: { status: "draining" } });
  });
});
