import { api } from "@latchkey/contracts/api";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { describeApi } from "../../apps/server/src/wiring/openapi.js";
import { send } from "../support/rest.js";
import { startServer } from "../support/server.js";
import { document, operations, seedOperations } from "./openapi-document.js";

const PUBLIC = [
  "POST /api/users/register",
  "POST /api/users/login",
  "POST /api/users/reset_password",
  "POST /api/users/reset-password",
  "POST /api/auth/register",
  "POST /api/auth/login",
];

/** The statuses in the contract's tables, and those that any endpoint of this kind can answer. */
const READS = [500, 503];
const READS_BODY = [400, 413, ...READS];
/** Endpoints that compare a password count wrong guesses. */
const COMPARES = [429, ...READS_BODY];
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "POST /api/users/register": [200, 422, 400, 403, 429, ...READS_BODY],
  "POST /api/users/login": [200, 400, 403, 422, ...COMPARES],
  "GET /api/users/me": [200, 401, ...READS],
  "GET /api/me": [200, 401, ...READS],
  "POST /api/users/logout": [200, 401, ...READS],
  "POST /api/users/refresh_token": [200, 401, 403, 422, ...READS],
  "POST /api/users/reset_password": [200, 400, 403, 404, ...COMPARES],
  "POST /api/users/reset-password": [200, 400, 403, 404, ...COMPARES],
  "POST /api/auth/register": [200, 403, 409, 422, 429, ...READS_BODY],
  "POST /api/auth/login": [200, 401, 403, 422, ...COMPARES],
  "GET /api/auth/verify": [200, 401, ...READS],
};

describe("the OpenAPI document", () => {
  it("passes redocly's strictest rules", async () => {
    const problems = await lintFromString({
      source: JSON.stringify(document),
      config: await createConfig({ extends: ["recommended-strict"] }),
    });
    expect(problems.map(({ ruleId, message, location }) => ({ ruleId, message, location }))).toEqual([]);
  });

  it("matches the contracts", () => {
    expect(JSON.parse(JSON.stringify(describeApi(api)))).toEqual(document);
  });

  it("is served unchanged", async () => {
    const server = await startServer();
    try {
      expect((await send(server, "GET", "/openapi.json")).json).toEqual(document);
    } finally {
      await server.close();
    }
  });

  it("names every operation once, in camelCase", () => {
    const ids = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z]+(?:[A-Z][a-z0-9]*)*$/.test(id))).toEqual([]);
  });

  it("puts every operation under one tag, and describes the tag", () => {
    const names = document.tags.map(({ name }) => name);
    for (const [path, { tags }] of operations) {
      expect(tags, path).toHaveLength(1);
      expect(names, path).toContain(tags[0]);
    }
  });

  it("requires a token everywhere except for public operations", () => {
    for (const [path, { security }] of seedOperations) {
      expect(security, path).toEqual(PUBLIC.includes(path) ? [] : [{ bearer: [] }, { cookie: [] }]);
    }
    expect([...operations.keys()]).toEqual(expect.arrayContaining(PUBLIC));
  });

  it("has FastAPI's components for field errors", () => {
    const { schemas } = document.components;
    expect(schemas).toMatchObject({
      HTTPValidationError: {
        type: "object",
        properties: { detail: { type: "array", items: { $ref: "#/components/schemas/ValidationError" } } },
        required: ["detail"],
      },
      ValidationError: { type: "object", required: ["loc", "msg", "type"] },
    });
    expect(Object.keys(schemas.ValidationError.properties)).toEqual(["loc", "msg", "type", "ctx"]);
  });

  it("documents every status and every path that the contract names", () => {
    const documented = seedOperations.map(([path, { responses }]) => [path, Object.keys(responses)]);
    const settled = Object.entries(STATUSES).map(([path, statuses]) => [
      path,
      [...new Set(statuses)].sort((a, b) => a - b).map(String),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(settled));
  });

  it("marks the one deprecated alias as deprecated", () => {
    const deprecated = [...operations].filter(([, operation]) => operation.deprecated).map(([path]) => path);
    expect(deprecated).toEqual(["GET /api/me"]);
  });

  it("describes the idempotency key", () => {
    expect(operations.get("POST /api/users/refresh_token")?.parameters).toMatchObject([
      {
        name: "Idempotency-Key",
        in: "header",
        required: false,
        schema: { type: "string", minLength: 16, maxLength: 128 },
      },
    ]);
  });

  it("says that WWW-Authenticate comes with the 401s of tokens, and only there", () => {
    const saying = seedOperations.filter(([, { responses }]) => responses[401]?.headers !== undefined);
    const protectedPaths = seedOperations.map(([path]) => path).filter((path) => !PUBLIC.includes(path));
    expect(saying.map(([path]) => path)).toEqual(protectedPaths);
  });
});
