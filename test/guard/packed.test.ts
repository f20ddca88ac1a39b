import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InstalledPackage, installedIn, judge } from "../support/installed.js";
import { isEnoughByItself } from "../support/readme.js";
import { signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";

const consumer = join(import.meta.dirname, "consumer");
let installed: InstalledPackage;
let amongFrameworks: InstalledPackage;
let server: TestServer;
beforeAll(async () => {
  [installed, amongFrameworks, server] = await Promise.all([
    installedIn("guard", consumer, ["core.ts"]),
    installedIn("together", consumer),
    startServer({ clock: frozenClock(Date.now()) }),
  ]);
}, 180_000);
afterAll(() => server?.close());

const PROJECTS = [
  ["nodenext", { module: "NodeNext", moduleResolution: "NodeNext", lib: ["ES2022", "DOM"] }],
  ["bundler", { module: "ESNext", moduleResolution: "Bundler", lib: ["ES2022", "DOM"] }],
  [
    "the strictest",
    {
      module: "NodeNext",
      lib: ["ES2022", "DOM"],
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
    },
  ],
] as const;

// Compilers are slow on a busy machine.
describe("the packed guard, installed outside the monorepo", { timeout: 180_000 }, () => {
  it("brings only jose", () => {
    expect(readdirSync(join(installed.folder, "node_modules")).sort()).toEqual(["@latchkey", "jose"]);
  });

  it.each(PROJECTS)("type-checks without Express, tRPC and Node's types: %s", async (_, options) => {
    expect(await installed.compile(options)).toBe("");
  });

  it("checks a live server's token", async () => {
    const { token } = await signUp(server);
    const script = `
      import { createGuard } from "@latchkey/guard";
      const guard = createGuard({ url: ${JSON.stringify(server.url)}, online: true });
      const { caller } = await guard.check({ headers: { authorization: "Bearer ${token}" } });
      process.stdout.write(caller.role);`;
    expect(await installed.node("--input-type=module", "--eval", script)).toBe("user");
  });

  it("type-checks with every declaration checked, in Express 5 and tRPC", async () => {
    for (const [name, options] of PROJECTS)
      expect(await amongFrameworks.compile({ ...options, types: ["node"] }), name).toBe("");
  });

  it("passes publint and arethetypeswrong", () => judge("guard"));

  it("has its licence, and a README that names each of its entries and needs no other file", () =>
    isEnoughByItself("guard", installed.folder));
});
