import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createBridge, openApiDocument } from "@latchkey/bridge";
import { accessErrors, adminErrors } from "@latchkey/contracts/errors/account";
import { defineErrors } from "@latchkey/contracts/kit/errors";
import type { Language } from "@latchkey/contracts/kit/language";
import { contract } from "@latchkey/contracts/kit/procedure";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { NO_CHANGE } from "../../apps/server/src/database/change.js";
import { AppError } from "../../apps/server/src/error.js";
import { explain } from "../../apps/server/src/http/failure.js";
import { languageOf } from "../../apps/server/src/http/request/client-headers.js";
import type { PendingAnswer } from "../../apps/server/src/rpc/answer.js";
import type { Context } from "../../apps/server/src/rpc/context.js";
import type { Guard, Principal } from "../../apps/server/src/rpc/principal.js";
import { compose } from "../../apps/server/src/rpc/procedure.js";
import { type Answer, send } from "../support/rest.js";

const errors = defineErrors({
  BOOK_LENT: { status: 409, message: "The book is lent.", zh: "书已借出。", help: "Wait for it." },
});
const id = z.string().max(8);
const words = { summary: "A summary", description: "A description." };
const library = contract("Books.", {
  list: {
    ...words,
    kind: "query",
    access: "public",
    input: z.object({
      limit: z.int().max(100).default(10),
      lent: z.boolean().optional(),
      prefix: z.string().optional(),
    }),
    output: z.object({ input: z.unknown() }),
    raises: [],
    rest: { method: "GET", path: "/api/v1/books" },
    example: { input: { limit: 2 }, output: { input: {} } },
  },
  change: {
    ...words,
    kind: "mutation",
    access: "public",
    input: z.object({ id, title: z.string().min(1) }),
    output: z.object({ input: z.unknown() }),
    raises: [],
    rest: { method: "PATCH", path: "/api/v1/books/{id}" },
    example: { input: { id: "a", title: "b" }, output: { input: {} } },
  },
  remove: {
    ...words,
    kind: "mutation",
    access: "public",
    input: z.object({ id }),
    output: z.void(),
    raises: [errors.BOOK_LENT],
    rest: { method: "DELETE", path: "/api/v1/books/{id}" },
    example: { input: { id: "a" }, output: undefined },
  },
  count: {
    ...words,
    kind: "query",
    access: "users:write",
    recent: true,
    input: z.void(),
    output: z.object({ books: z.int() }),
    raises: [...adminErrors, accessErrors.REAUTHENTICATION_REQUIRED],
    rest: { method: "GET", path: "/api/v1/books/count" },
    example: { output: { books: 1 } },
  },
});
const echo = async ({ input }: { readonly input: unknown }) => ({ input });
const handlers = {
  list: echo,
  change: echo,
  remove: async ({ input }: { readonly input: { readonly id: string } }) => {
    if (input.id === "lent") throw new AppError(errors.BOOK_LENT, { retryAfterSeconds: 60 });
  },
  count: async () => ({ books: 3 }),
};
/** Principals, by the token that they send. */
const guard: Guard<Principal> = {
  authenticate: async ({ bearer = "" }) => ({
    kind: "session",
    uuid: bearer,
    permissions: new Set(bearer.startsWith("admin") ? (["account", "users:write"] as const) : ["account"]),
  }),
  isRecent: ({ uuid }) => uuid.endsWith("recently"),
  requiring: () => NO_CHANGE,
};
const audit = { record: async () => {}, recordFailure: () => {}, wasTold: () => false };

const answer: PendingAnswer = { take: () => true };

let server: Server;
let url: string;
beforeAll(async () => {
  const bridge = createBridge<Context>({
    routes: Object.entries(library).map(([name, procedure]) => ({
      procedure,
      // Safe: each procedure has its handler, by name.
      call: compose(procedure, handlers[name as keyof typeof handlers] as never, { guard, audit }),
    })),
    context: ({ headers }) =>
      // Safe: nothing here uses the parts that are left out.
      ({
        requestId: "test",
        answer,
        bearer: headers.authorization?.slice("Bearer ".length),
        language: (): Language => languageOf(headers["accept-language"]),
      }) as Context,
    language: (context) => context.language(),
    headers: () => [],
    explain: (error, context) =>
      explain(error, context, Object.assign(() => {}, { enabled: () => false }) as never),
  });
  server = createServer((request, response) => {
    if (!bridge(request, response)) response.writeHead(599).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const CHINESE = { "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8" };
const ask = (method: string, path: string, sent = {}): Promise<Answer> => send({ url }, method, path, sent);

describe("input on plain paths", () => {
  it("comes from the query, with numbers and booleans converted", async () => {
    const { status, json } = await ask("GET", "/api/v1/books?limit=5&lent=true&prefix=12&unknown=1");
    expect([status, json]).toEqual([200, { input: { limit: 5, lent: true, prefix: "12" } }]);
    expect((await ask("GET", "/api/v1/books")).json).toEqual({ input: { limit: 10 } });
  });

  it.each(["five", "1e3", "0x10", "", "999", "5.5"])("is refused with limit=%j", async (limit) => {
    const { status, json } = await ask("GET", `/api/v1/books?limit=${limit}`);
    expect([status, json.error.code]).toEqual([422, "INVALID_INPUT"]);
    expect(json.error.fields).toEqual([{ path: ["limit"], message: expect.any(String) }]);
  });

  it("comes from path and body together, and the path takes precedence", async () => {
    const json = { title: "Emma", id: "other" };
    expect((await ask("PATCH", "/api/v1/books/a%2Fb", { json })).json).toEqual({
      input: { id: "a/b", title: "Emma" },
    });
  });

  it("comes from the path alone if nothing else is needed, without reading the body", async () => {
    const { status, text, headers } = await ask("DELETE", "/api/v1/books/a", { body: "{oops" });
    expect([status, text, headers.get("content-type")]).toEqual([204, "", null]);
  });

  it("goes to the path that names the segment literally", async () => {
    expect((await ask("GET", "/api/v1/books/count", { token: "admin recently" })).json).toEqual({ books: 3 });
  });
});

describe("errors on plain paths", () => {
  it("have a code, a message in the caller's language, and the seconds to wait", async () => {
    const { status, json, headers } = await ask("DELETE", "/api/v1/books/lent");
    expect([status, headers.get("retry-after")]).toEqual([409, "60"]);
    expect(json).toEqual({
      error: { code: "BOOK_LENT", message: "The book is lent.", retryAfterSeconds: 60 },
    });
    const chinese = await ask("DELETE", "/api/v1/books/lent", { headers: CHINESE });
    expect(chinese.json.error).toMatchObject({ code: "BOOK_LENT", message: "书已借出。" });
  });

  it("describe each field in words that follow its name", async () => {
    const { status, json } = await ask("PATCH", "/api/v1/books/a", { json: { title: "" } });
    expect([status, json]).toEqual([
      422,
      {
        error: {
          code: "INVALID_INPUT",
          message: "The input does not match its schema.",
          fields: [{ path: ["title"], message: "must have at least 1 character" }],
        },
      },
    ]);
    const chinese = await ask("PATCH", "/api/v1/books/a", { json: {}, headers: CHINESE });
    expect(chinese.json.error.fields).toEqual([{ path: ["title"], message: "必填" }]);
  });

  it.each([
    ["", "is required"],
    ["[]", "must be a JSON object"],
    ['{"title":\n x', "is not valid JSON at line 2, column 2"],
  ])("say of the body %j that it %s", async (body, message) => {
    const { status, json } = await ask("PATCH", "/api/v1/books/a", { body });
    expect([status, json.error.fields]).toEqual([422, [{ path: [], message }]]);
  });

  it.each([
    ["PUT", "/api/v1/books/a", 405, "METHOD_NOT_ALLOWED"],
    ["GET", "/api/v1/nowhere", 404, "NOT_FOUND"],
    ["GET", "/api/v1/books/a/b", 404, "NOT_FOUND"],
    ["PATCH", "/api/v1/books/%zz", 404, "NOT_FOUND"],
    ["PATCH", "/api/v1/books//", 404, "NOT_FOUND"],
  ])("answer %s %s with %d", async (method, path, status, code) => {
    const { status: answered, json } = await ask(method, path);
    expect([answered, json.error.code]).toEqual([status, code]);
  });

  it("answer a body that is too large or too deep", async () => {
    const large = await ask("PATCH", "/api/v1/books/a", { body: "a".repeat(70_000) });
    expect([large.status, large.json.error.code]).toEqual([413, "BODY_TOO_LARGE"]);
    const deep = await ask("PATCH", "/api/v1/books/a", { body: "[".repeat(2000) });
    expect([deep.status, deep.json.error.code]).toEqual([400, "BAD_REQUEST"]);
  });

  it("refuse callers who are not administrators, then those who entered the password too long ago", async () => {
    const codes = ["somebody", "somebody recently", "admin", "admin recently"].map(
      async (token) => (await ask("GET", "/api/v1/books/count", { token })).json.error?.code,
    );
    expect(await Promise.all(codes)).toEqual([
      "FORBIDDEN",
      "FORBIDDEN",
      "REAUTHENTICATION_REQUIRED",
      undefined,
    ]);
  });
});

it("is described in OpenAPI under the strictest rules", async () => {
  const document = openApiDocument(
    { library },
    {
      title: "Library",
      version: "1.0.0",
      summary: "A library.",
      description: "A library.",
      license: { name: "MIT", identifier: "MIT" },
      server: { url: "/", description: "Here." },
    },
  );
  const problems = await lintFromString({
    source: JSON.stringify(document),
    config: await createConfig({ extends: ["recommended-strict"] }),
  });
  expect(problems.map(({ ruleId, message, location }) => ({ ruleId, message, location }))).toEqual([]);
  expect(document.paths).toMatchObject({
    "/api/v1/books": {
      get: { parameters: [{ name: "limit", in: "query" }, { name: "lent" }, { name: "prefix" }] },
    },
    "/api/v1/books/{id}": {
      patch: {
        parameters: [{ name: "id", in: "path", required: true }],
        requestBody: { content: { "application/json": { example: { title: "b" } } } },
      },
      delete: { responses: { 204: { description: "Done" } } },
    },
  });
});
