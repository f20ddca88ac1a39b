import { openApiDocument } from "@latchkey/bridge";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { trialApi } from "../support/trial-api.js";
import { document as committed } from "./openapi-document.js";

const openApiOf = (api: Parameters<typeof openApiDocument>[0]) =>
  openApiDocument(api, {
    title: "Trial",
    version: "1.0.0",
    summary: "A trial.",
    description: "A trial.",
    license: { name: "MIT", identifier: "MIT" },
    server: { url: "/", description: "Here." },
  });
const document = openApiOf(trialApi);
const next = { ticket: "dGlja2V0", factors: ["totp", "recoveryCode"], expiresInSeconds: 600 };

describe("the OpenAPI document of errors that carry data", () => {
  // Among its rules: each example fits the schema that it stands beside.
  it("is clean under redocly's strictest rules", async () => {
    const problems = await lintFromString({
      source: JSON.stringify(document),
      config: await createConfig({ extends: ["recommended-strict"] }),
    });
    expect(problems.map(({ ruleId, message, location }) => ({ ruleId, message, location }))).toEqual([]);
  });

  it("has a schema for each, with its code and its data", () => {
    const error = { required: ["code", "message", "next"], additionalProperties: false };
    expect(document.components).toMatchObject({
      schemas: {
        StepRequiredError: {
          description: "A further step is required.",
          properties: {
            error: {
              ...error,
              properties: {
                code: { const: "STEP_REQUIRED" },
                next: { $ref: "#/components/schemas/StepRequired" },
              },
            },
          },
        },
        StepUnknownError: {
          properties: { error: { ...error, properties: { code: { const: "STEP_UNKNOWN" } } } },
        },
      },
    });
  });

  it("tells them from other errors of the same status, and gives examples with data", () => {
    const [plain, own, unknown] = ["Error", "StepRequiredError", "StepUnknownError"].map((name) => ({
      $ref: `#/components/schemas/${name}`,
    }));
    const value = { error: { code: "STEP_REQUIRED", message: "A further step is required.", next } };
    const json = (content: object) => ({ content: { "application/json": content } });
    expect(document.paths).toMatchObject({
      "/api/v1/trial/sign-in": {
        post: {
          responses: {
            403: json({ schema: { anyOf: [plain, own] }, examples: { STEP_REQUIRED: { value } } }),
            409: json({ schema: unknown }),
            422: json({ schema: plain }),
          },
        },
      },
    });
  });

  it("shows the fixed body where the path has one", () => {
    expect(document.paths).toMatchObject({
      "/api/auth/login": {
        post: {
          responses: {
            403: {
              content: {
                "application/json": {
                  schema: { $ref: "#/components/schemas/HTTPError" },
                  examples: { STEP_REQUIRED: { value: { detail: "还需要一步" } } },
                },
              },
            },
          },
        },
      },
    });
  });

  it("says nothing else of what was there before", () => {
    const { paths, components } = JSON.parse(JSON.stringify(document)) as typeof committed;
    const { StepRequired, StepRequiredError, StepUnknownError, TrialSignInInput, ...schemas } =
      components.schemas as Record<string, unknown>;
    expect(schemas).toEqual(committed.components.schemas);
    // The feed is no procedure: the server adds it to the document.
    const others = ["/api/auth/login", "/api/v1/revocations"];
    for (const path of Object.keys(committed.paths).filter((each) => !others.includes(each))) {
      expect(paths[path as keyof typeof paths], path).toEqual(committed.paths[path as keyof typeof paths]);
    }
  });
});
