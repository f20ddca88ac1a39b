import type { Mount } from "../../mount.js";

type DatabaseState = "up" | "read-only" | "down";

/** What the server depends on; each part is checked on request. */
export interface Health {
  /**
   * Whether the database answers; `read-only` if it cannot be written, for example because the disk is full.
   */
  database(): DatabaseState;
  /** Absent if Redis is not set. */
  readonly redis: (() => "up" | "down") | undefined;
  /** Whether the server is being stopped. */
  draining(): boolean;
}

/** A response of `/readyz`. */
export interface Readiness {
  readonly httpStatus: 200 | 503;
  readonly body: {
    readonly status: "ok" | "degraded" | "unavailable" | "draining";
    readonly checks: { readonly database: DatabaseState; readonly redis?: "up" | "down" };
  };
}

/**
 * What `/readyz` says: 503 if requests should go elsewhere. Without Redis the database answers, and tokens
 * are still checked if nothing can be written: degraded, but ready.
 */
export function readiness({ database, redis, draining }: Health): Readiness {
  const checks = { database: database(), ...(redis && { redis: redis() }) };
  const ready = checks.database !== "down" && !draining();
  const status = draining()
    ? "draining"
    : ready
      ? checks.redis === "down" || checks.database === "read-only"
        ? "degraded"
        : "ok"
      : "unavailable";
  return { httpStatus: ready ? 200 : 503, body: { status, checks } };
}

/** Whether the process is alive, and whether it can serve. */
export function healthMounts(health: Health): readonly Mount[] {
  return [
    { path: "/livez", answer: () => ({ json: { status: "ok" } }) },
    {
      path: "/readyz",
      answer: () => {
        const { httpStatus: status, body: json } = readiness(health);
        return { status, json };
      },
    },
  ];
}
