// Express 5 with jsonwebtoken, argon2 and pg: the session and its user are asked for on every request.
import argon2 from "argon2";
import express from "express";
import jwt from "jsonwebtoken";
import { authUser, profile } from "../shared/shown.mjs";
import { settings, start } from "../shared/start.mjs";
import { openStore } from "./store.mjs";

await start(serve);

async function serve() {
  const store = await openStore(settings.database, { pipelined: false });
  const sign = (/** @type {any} */ user, /** @type {{ sid: string, jti: string }} */ { sid, jti }) =>
    jwt.sign({ sub: user.uuid, username: user.username, sid, jti }, settings.secret, {
      algorithm: "HS256",
      expiresIn: settings.accessSeconds,
    });

  /** @type {import("express").RequestHandler} */
  const protect = async (request, response, next) => {
    try {
      const token = request.headers.authorization?.split(" ")[1] ?? "";
      const claims = /** @type {any} */ (jwt.verify(token, settings.secret, { algorithms: ["HS256"] }));
      const user = await store.session(claims.sid, claims.jti);
      if (user === undefined) throw new Error("revoked");
      response.locals = { user, claims };
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
    const user = await store.insert({ username, email, hash: await argon2.hash(password, settings.argon2) });
    return response.json({ user: authUser(user), token: sign(user, await store.start(user)) });
  });
  app.post("/api/auth/login", async (request, response) => {
    const { username, password } = request.body ?? {};
    const user = await store.byName(String(username));
    if (user === undefined || !(await argon2.verify(user.hashed_password, String(password))))
      return response.status(400).json({ detail: "Incorrect username or password" });
    return response.json({ user: authUser(user), token: sign(user, await store.start(user)) });
  });
  app.get("/api/auth/verify", protect, (_, response) => {
    response.json({ success: true, message: "Token is valid", data: authUser(response.locals.user) });
  });
  app.get("/api/users/me", protect, (_, response) => {
    response.json(profile(response.locals.user));
  });
  app.post("/api/users/refresh_token", protect, async (_, response) => {
    const { user, claims } = response.locals;
    const next = await store.exchange(claims.sid, claims.jti, Date.now() / 1000 + settings.windowSeconds);
    if (next === undefined) return response.status(401).json({ detail: "Token is invalid" });
    const access_token = sign(user, { sid: claims.sid, jti: next });
    return response.json({ access_token, token_type: "bearer", expires_in: settings.accessSeconds / 60 });
  });
  return new Promise((resolve) => app.listen(settings.port, "127.0.0.1", () => resolve(undefined)));
}
