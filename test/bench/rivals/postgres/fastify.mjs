// Fastify 5 with @fastify/jwt, argon2 and pg. KIND: `pool` asks PostgreSQL for the session and its user on every
// request, over ten connections; `pipelined`, over one; `redis` keeps revoked tokens in Redis, and users in PostgreSQL.
import { randomUUID } from "node:crypto";
import fastifyJwt from "@fastify/jwt";
import argon2 from "argon2";
import Fastify from "fastify";
import { Redis } from "ioredis";
import { PROFILE, SIGNED_IN, TOKEN, VERIFIED } from "../shared/schemas.mjs";
import { authUser, profile } from "../shared/shown.mjs";
import { settings, start } from "../shared/start.mjs";
import { openStore } from "./store.mjs";

const KIND = process.env.KIND ?? "pool";

await start(serve);

async function serve() {
  const store = await openStore(settings.database, { pipelined: KIND === "pipelined" });
  const redis =
    KIND === "redis" ? new Redis(settings.redisUrl ?? "", { enableAutoPipelining: true }) : undefined;
  const app = /** @type {any} */ (Fastify({ logger: false }));
  await app.register(fastifyJwt, {
    secret: settings.secret,
    sign: { algorithm: "HS256", expiresIn: `${settings.accessSeconds}s` },
    verify: { algorithms: ["HS256"] },
  });
  const sign = (/** @type {any} */ user, /** @type {{ sid: string, jti: string }} */ ids) =>
    app.jwt.sign({ sub: user.uuid, username: user.username, ...ids });
  const begin = async (/** @type {any} */ user) =>
    sign(user, redis ? { sid: randomUUID(), jti: randomUUID() } : await store.start(user));
  const accountOf = async (/** @type {{ sub: string, sid: string, jti: string }} */ { sub, sid, jti }) => {
    if (redis === undefined) return store.session(sid, jti);
    return (await redis.exists(`dead:${jti}`)) === 1 ? undefined : store.byUuid(sub);
  };

  app.decorateRequest("account", null);
  const protect = async (/** @type {any} */ request, /** @type {any} */ reply) => {
    try {
      request.account = await accountOf(await request.jwtVerify());
    } catch {
      return reply.code(401).send({ detail: "Token is invalid" });
    }
    if (request.account === undefined) return reply.code(401).send({ detail: "Token is invalid" });
  };
  const guarded = (/** @type {object} */ schema) => ({
    schema: { response: { 200: schema } },
    preHandler: protect,
  });

  app.post(
    "/api/auth/register",
    { schema: { response: { 200: SIGNED_IN } } },
    async (/** @type {any} */ { body }) => {
      const { username, email, password } = body;
      const user = await store.insert({
        username,
        email,
        hash: await argon2.hash(password, settings.argon2),
      });
      return { user: authUser(user), token: await begin(user) };
    },
  );
  app.post(
    "/api/auth/login",
    { schema: { response: { 200: SIGNED_IN } } },
    async (/** @type {any} */ { body }, /** @type {any} */ reply) => {
      const user = await store.byName(body.username);
      if (user === undefined || !(await argon2.verify(user.hashed_password, body.password)))
        return reply.code(400).send({ detail: "Incorrect username or password" });
      return { user: authUser(user), token: await begin(user) };
    },
  );
  app.get("/api/auth/verify", guarded(VERIFIED), async (/** @type {any} */ { account }) => ({
    success: true,
    message: "Token is valid",
    data: authUser(account),
  }));
  app.get("/api/users/me", guarded(PROFILE), async (/** @type {any} */ { account }) => profile(account));
  app.post(
    "/api/users/refresh_token",
    guarded(TOKEN),
    async (/** @type {any} */ request, /** @type {any} */ reply) => {
      const { sid, jti } = request.user;
      const next = redis
        ? (await redis.set(`dead:${jti}`, "1", "EX", settings.windowSeconds, "NX")) === "OK" && randomUUID()
        : await store.exchange(sid, jti, Date.now() / 1000 + settings.windowSeconds);
      if (!next) return reply.code(401).send({ detail: "Token is invalid" });
      return {
        access_token: sign(request.account, { sid, jti: next }),
        token_type: "bearer",
        expires_in: settings.accessSeconds / 60,
      };
    },
  );
  await app.listen({ port: settings.port, host: "127.0.0.1" });
}
