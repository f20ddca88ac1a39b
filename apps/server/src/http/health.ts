/** What the server stands on, each part asked when somebody asks. */
export interface Health {
  /** Whether the database answers. */
  database(): "up" | "down";
  /** Absent where no Redis is set. */
  readonly redis: (() => "up" | "down") | undefined;
  /** Whether the server is being stopped. */
  draining(): boolean;
}

/** What `/readyz` says: 503 where requests should go elsewhere. Without Redis the database answers: still ready. */
export function readiness({ database, redis, draining }: Health) {
  const checks = { database: database(), ...(redis && { redis: redis() }) };
  const ready = checks.database === "up" && !draining();
  const status = draining()
    ? "draining"
    : ready
      ? checks.redis === "down"
        ? "degraded"
        : "ok"
      : "unavailable";
  return { httpStatus: ready ? 200 : 503, body: { status, checks } };
}
