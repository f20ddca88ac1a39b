import type { Chapter } from "../play.js";
import { bearer, signUp } from "../requests.js";
import type { Header } from "../wire.js";
import { ENDPOINTS, TOKEN_ENDPOINTS } from "./endpoints.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

export const methods: Chapter = {
  name: "methods",
  async play({ ask }) {
    for (const { method, path } of ENDPOINTS) {
      for (const other of METHODS.filter((each) => each !== method)) {
        await ask("another method", { method: other, target: path });
      }
    }
  },
};

export const methodsMore: Chapter = {
  name: "methods-more",
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    const headers: readonly Header[] = [bearer(token), ["Origin", "http://localhost:3000"]];
    for (const { method, path } of ENDPOINTS) {
      const other = method === "GET" ? "POST" : "GET";
      await stage.ask("another method, with a token and an origin", { method: other, target: path, headers });
      await stage.ask("HEAD with a token and an origin", { method: "HEAD", target: path, headers });
      await stage.ask("another method with a trailing slash", { method: "PUT", target: `${path}/` });
      await stage.ask("another method with a body", { method: "DELETE", target: path, json: {} });
    }
  },
};

/** Spellings of a path that lead to it, and those that do not. */
const spellingsOf = (name: string, endpoints: typeof ENDPOINTS): Chapter => ({
  name: `spellings-${name}`,
  async play({ ask }) {
    for (const { method, path } of endpoints) {
      for (const target of [
        `${path}/`,
        `${path}?a=1`,
        `${path}/?a=1&b`,
        path.replace("a", "%61"),
        `http://any.example${path}`,
        path.toUpperCase(),
        `/${path}`,
        `${path}//`,
        path.replace("/api", "/api/"),
        `${path}x`,
        `${path}/x`,
        `${path};a=1`,
        `${path}%2f`,
        `${path}%`,
      ]) {
        await ask("a spelling", { method, target });
      }
    }
  },
});

const takesToken = ({ path }: { readonly path: string }) =>
  TOKEN_ENDPOINTS.some((endpoint) => endpoint.path === path);

export const spellings = [
  spellingsOf("with-body", ENDPOINTS.filter((endpoint) => !takesToken(endpoint)).slice(0, 3)),
  spellingsOf("with-body-more", ENDPOINTS.filter((endpoint) => !takesToken(endpoint)).slice(3)),
  spellingsOf("with-token", ENDPOINTS.filter(takesToken)),
];

export const unknownPaths: Chapter = {
  name: "unknown-paths",
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    for (const target of [
      "/",
      "/api",
      "/api/",
      "/api/users",
      "/api/users/",
      "/api/users/nothing",
      "/api/auth",
      "/api/auth/logout",
      "/api/auth/refresh_token",
      "/api/users/verify",
      "/api/../api/users/me",
      "/api/users/%00",
      "/api/users/%zz",
      "/api/users/%E0%A4%A",
      "/favicon.ico",
      "/.env",
      "*",
    ]) {
      for (const method of ["GET", "POST", "HEAD", "OPTIONS"]) await stage.ask("unknown", { method, target });
    }
    const headers: readonly Header[] = [bearer(token), ["Origin", "http://localhost:5173"]];
    await stage.ask("with a token and an origin", { method: "GET", target: "/api/users/nothing", headers });
    await stage.ask("with a body", { method: "POST", target: "/api/users/nothing", json: { a: 1 } });
    await stage.ask("with a body too large", {
      method: "POST",
      target: "/api/users/nothing",
      body: "x".repeat(70_000),
    });
  },
};
