// Express 5 with jose, the argon2 package, better-sqlite3 and, with REDIS_URL, ioredis: a login backend as
// written in an afternoon.
import { randomUUID } from "node:crypto";
import argon2 from "argon2";
import express from "express";
import { Redis } from "ioredis";
import { jwtVerify, SignJWT } from "jose";
import { authUser, profile } from "../shared/shown.mjs";
import { settings, start } from "../shared/start.mjs";
import { openStore } from "../shared/store.mjs";

await start(serve);

function serve() {
  const store = openStore(settings.database);
  const redis = settings.redisUrl && new Redis(settings.redisUrl);
  const secret = new TextEncoder().encode(settings.secret);

  const isDead = redis
    ? async (/** @type {string} */ jti) => (await redis.exists(`dead:${jti}`)) === 1
    : async (/** @type {string} */ jti) => store.isDead(jti);
  const kill = redis
    ? async (/** @type {string} */ jti) =>
        (await redis.set(`dead:${jti}`, "1", "EX", settings.windowSeconds, "NX")) === "OK"
    : async (/** @type {string} */ jti) => store.kill(jti, Date.now() / 1000 + settings.windowSeconds);
  const sign = (/** @type {any} */ user) =>
    new SignJWT({ username: user.username })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(user.uuid)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${settings.accessSeconds}s`)
      .sign(secret);

  /** @type {import("express").RequestHandler} */
  const protect = async (request, response, next) => {
    const token = request.headers.authorization?.split(" ")[1];
    if (!token) return response.status(401).json({ detail: "Not authenticated" });
    try {
      const { payload } = await jwtVerify(token, secret, { algorithms: ["HS256"] });
      if (await isDead(payload.jti ?? "")) throw new Error("revoked");
      const user = store.byUuid(payload.sub ?? "");
      if (user === undefined || user.disabled) throw new Error("no user");
      response.locals = { user, jti: payload.jti };
    } catch {
      return response.status(401).json({ detail: "Token is invalid" });
    }
    return next();
  };

  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.use(express.json());
  app.post("/api/auth/register", async (request, response) => {
    const { username, email, password } = request.body ?? {};
    if (![username, email, password].every((value) => typeof value === "string" && value !== ""))
      return response.status(422).json({ detail: "username, email and password are required" });
    if (store.isTaken(username, email)) return response.status(400).json({ detail: "Already registered" });
    const user = store.insert({ username, email, hash: await argon2.hash(password, settings.argon2) });
    return response.json({ user: authUser(user), token: await sign(user) });
  });
  app.post("/api/auth/login", async (request, response) => {
    const { username, password } = request.body ?? {};
    const user = store.byName(String(username));
    if (user === undefined || !(await argon2.verify(user.hashed_password, String(password))))
      return response.status(400).json({ detail: "Incorrect username or password" });
    return response.json({ user: authUser(user), token: await sign(user) });
  });
  app.get("/api/auth/verify", protect, (_, response) => {
    response.json({ success: true, message: "Token is valid", data: authUser(response.locals.user) });
  });
  app.get("/api/users/me", protect, (_, response) => {
    response.json(profile(response.locals.user));
  });
  app.post("/api/users/refresh_token", protect, async (_, response) => {
    if (!(await kill(response.locals.jti))) return response.status(401).json({ detail: "Token is invalid" });
    const access_token = await sign(response.locals.user);
    return response.json({ access_token, token_type: "bearer", expires_in: settings.accessSeconds / 60 });
  });
  return new Promise((resolve) => app.listen(settings.port, "127.0.0.1", () => resolve(undefined)));
}
