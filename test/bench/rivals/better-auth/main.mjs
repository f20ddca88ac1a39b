// Better Auth on Express with better-sqlite3, its bearer plugin and, with REDIS_URL, Redis as secondary
// storage.
import cluster from "node:cluster";
import argon2 from "argon2";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";
import Database from "better-sqlite3";
import express from "express";
import { Redis } from "ioredis";
import { settings, start } from "../shared/start.mjs";

const options = () => {
  const database = new Database(settings.database, { timeout: 5000 });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  const redis = settings.redisUrl && new Redis(settings.redisUrl);
  return {
    baseURL: `http://127.0.0.1:${settings.port}`,
    secret: settings.secret,
    database,
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 6,
      password: {
        hash: (/** @type {string} */ password) => argon2.hash(password, settings.argon2),
        verify: (/** @type {{ hash: string, password: string }} */ { hash, password }) =>
          argon2.verify(hash, password),
      },
    },
    plugins: [bearer()],
    rateLimit: { enabled: false },
    // Clients that are not browsers send no Origin.
    advanced: { disableCSRFCheck: true, disableOriginCheck: true },
    logger: { disabled: true },
    telemetry: { enabled: false },
    ...(redis && {
      secondaryStorage: {
        get: (/** @type {string} */ key) => redis.get(key),
        set: async (/** @type {string} */ key, /** @type {string} */ value, /** @type {number=} */ ttl) => {
          await (ttl ? redis.set(key, value, "EX", Math.ceil(ttl)) : redis.set(key, value));
        },
        delete: async (/** @type {string} */ key) => {
          await redis.del(key);
        },
        getAndDelete: (/** @type {string} */ key) => redis.getdel(key),
        increment: async (/** @type {string} */ key, /** @type {number} */ ttl) => {
          const count = await redis.incr(key);
          if (count === 1) await redis.expire(key, ttl);
          return count;
        },
      },
    }),
  };
};

if (cluster.isPrimary) {
  const migrated = options();
  await (await getMigrations(migrated)).runMigrations();
  migrated.database.close();
}
await start(serve);

function serve() {
  const auth = betterAuth(options());
  const app = express();
  app.disable("x-powered-by").disable("etag");
  const session = async (/** @type {import("express").Request} */ request) =>
    auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  app.get("/api/auth/verify", async (request, response) => {
    const found = await session(request);
    if (found === null) return response.status(401).json({ detail: "Token is invalid" });
    return response.json({ success: true, message: "Token is valid", data: found.user });
  });
  app.get("/api/users/me", async (request, response) => {
    const found = await session(request);
    if (found === null) return response.status(401).json({ detail: "Token is invalid" });
    const { email, name } = found.user;
    return response.json({ email, name });
  });
  app.all("/api/auth/*splat", toNodeHandler(auth));
  return new Promise((resolve) => app.listen(settings.port, "127.0.0.1", () => resolve(undefined)));
}
