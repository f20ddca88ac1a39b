// Fastify 5 with @fastify/jwt, the argon2 package, better-sqlite3 and, with REDIS_URL, @fastify/redis;
// answers by schema.
import { randomUUID } from "node:crypto";
import fastifyJwt from "@fastify/jwt";
import fastifyRedis from "@fastify/redis";
import argon2 from "argon2";
import Fastify from "fastify";
import { object, PROFILE, SIGNED_IN, TOKEN, VERIFIED } from "../shared/schemas.mjs";
import { authUser, profile } from "../shared/shown.mjs";
import { settings, start } from "../shared/start.mjs";
import { openStore } from "../shared/store.mjs";

const text = { type: "string" };

await start(serve);

async function serve() {
  const store = openStore(settings.database);
  const app = /** @type {any} */ (Fastify({ logger: false }));
  await app.register(fastifyJwt, {
    secret: settings.secret,
    sign: { algorithm: "HS256", expiresIn: `${settings.accessSeconds}s` },
    verify: { algorithms: ["HS256"] },
  });
  if (settings.redisUrl) await app.register(fastifyRedis, { url: settings.redisUrl });
  const { redis } = app;

  const isDead = redis
    ? async (/** @type {string} */ jti) => (await redis.exists(`dead:${jti}`)) === 1
    : (/** @type {string} */ jti) => store.isDead(jti);
  const kill = redis
    ? async (/** @type {string} */ jti) =>
        (await redis.set(`dead:${jti}`, "1", "EX", settings.windowSeconds, "NX")) === "OK"
    : (/** @type {string} */ jti) => store.kill(jti, Date.now() / 1000 + settings.windowSeconds);
  const sign = (/** @type {any} */ user) =>
    app.jwt.sign({ sub: user.uuid, username: user.username, jti: randomUUID() });

  app.decorateRequest("account", null);
  const protect = async (/** @type {any} */ request, /** @type {any} */ reply) => {
    try {
      const { sub, jti } = await request.jwtVerify();
      if (await isDead(jti)) throw new Error("revoked");
      const account = store.byUuid(sub);
      if (account === undefined || account.disabled) throw new Error("no user");
      request.account = account;
    } catch {
      return reply.code(401).send({ detail: "Token is invalid" });
    }
  };
  const guarded = (/** @type {object} */ schema) => ({
    schema: { response: { 200: schema } },
    preHandler: protect,
  });

  app.post(
    "/api/auth/register",
    {
      schema: {
        body: object({ username: text, email: text, password: text }),
        response: { 200: SIGNED_IN },
      },
    },
    async (/** @type {any} */ { body }, /** @type {any} */ reply) => {
      const { username, email, password } = body;
      if (store.isTaken(username, email)) return reply.code(400).send({ detail: "Already registered" });
      const user = store.insert({ username, email, hash: await argon2.hash(password, settings.argon2) });
      return { user: authUser(user), token: sign(user) };
    },
  );
  app.post(
    "/api/auth/login",
    { schema: { body: object({ username: text, password: text }), response: { 200: SIGNED_IN } } },
    async (/** @type {any} */ { body }, /** @type {any} */ reply) => {
      const user = store.byName(body.username);
      if (user === undefined || !(await argon2.verify(user.hashed_password, body.password)))
        return reply.code(400).send({ detail: "Incorrect username or password" });
      return { user: authUser(user), token: sign(user) };
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
      if (!(await kill(request.user.jti))) return reply.code(401).send({ detail: "Token is invalid" });
      return {
        access_token: sign(request.account),
        token_type: "bearer",
        expires_in: settings.accessSeconds / 60,
      };
    },
  );
  await app.listen({ port: settings.port, host: "127.0.0.1" });
}
