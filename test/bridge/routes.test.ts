import { api } from "@latchkey/contracts/api";
import { describe, expect, it } from "vitest";
import { indexRoutes, pathOf, type Route } from "../../packages/bridge/src/routes.js";

const call = async () => undefined;
const me: Route<undefined> = { procedure: api.users.me, call };
const reset: Route<undefined> = { procedure: api.users.resetPassword, call };
const find = indexRoutes([me, reset]);

describe("finding a route", () => {
  it.each([
    ["/api/users/me", me],
    ["/api/me", me],
    ["/api/users/me/", me],
    ["/api/users/reset_password", reset],
    ["/api/users/reset-password/", reset],
    ["/api/%75sers/me", me],
    ["/api%2Fme", me],
  ])("finds %s", (path, route) => {
    expect([...(find(path)?.byMethod.values() ?? [])]).toEqual([route]);
  });

  it.each([
    "",
    "/",
    "/api",
    "/api/users",
    "/API/users/me",
    "/api/Users/Me",
    "/api/users/me//",
    "//api/users/me",
    "/api//users/me",
    "/api/users/me ",
    "/api/users/%zz",
    "/api/users/me%00",
    "api/users/me",
  ])("does not find %j", (path) => {
    expect(find(path)).toBeUndefined();
  });

  it("lists the methods that a path allows", () => {
    expect(find("/api/me")?.allow).toBe("GET");
    expect(find("/api/users/reset_password")?.allow).toBe("POST");
  });

  it("distinguishes two methods of one path", () => {
    const change = { ...api.users.resetPassword, rest: { method: "POST", path: "/api/me" } } as const;
    const both = indexRoutes<undefined>([me, { procedure: change, call }]);
    expect(both("/api/me")?.allow).toBe("GET, POST");
    expect(both("/api/me")?.byMethod.get("POST")?.procedure).toBe(change);
  });

  it("refuses contracts in which two procedures have the same path and method", () => {
    const rival = { ...api.auth.verify, rest: { method: "GET", path: "/api/me" } } as const;
    expect(() => indexRoutes<undefined>([me, { procedure: rival, call }])).toThrow("GET /api/me");
  });
});

describe("the path of a request target", () => {
  it.each([
    ["/api/me", "/api/me"],
    ["/api/me?a=1", "/api/me"],
    ["/api/me?", "/api/me"],
    ["/api/me#part", "/api/me"],
    ["/api/me?next=/api/users/login", "/api/me"],
    ["http://example.com/api/me?a=1", "/api/me"],
    ["HTTPS://user@example.com:8443/api/me", "/api/me"],
    ["http://example.com", ""],
    ["*", "*"],
    ["", ""],
  ])("of %j is %j", (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
