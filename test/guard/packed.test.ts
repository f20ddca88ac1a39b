import { readdirSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import serverPackage from "../../apps/server/package.json" with { type: "json" };
import testPackage from "../package.json" with { type: "json" };
import { type InstalledPackage, installPackage, run } from "../support/installed.js";
import { signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";

const workspace = join(import.meta.dirname, "..");
const { express } = serverPackage.dependencies;
const FRAMEWORKS = [
  `@trpc/server@${serverPackage.dependencies["@trpc/server"]}`,
  `express@${express}`,
  `@types/express@${testPackage.devDependencies["@types/express"]}`,
];

let installed: InstalledPackage;
let server: TestServer;
beforeAll(async () => {
  [installed, server] = await Promise.all([
    installPackage({ name: "guard", consumer: join(import.meta.dirname, "consumer") }),
    startServer({ clock: frozenClock(Date.now()) }),
  ]);
}, 180_000);
afterAll(async () => {
  await server?.close();
  await installed?.remove();
});

const packagesOf = (folder: string) =>
  readdirSync(join(folder, "node_modules")).filter((name) => !/^\.|typescript/.test(name));

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

// In this order: first the package alone, then its user installs the frameworks.
describe("the packed guard, installed outside the monorepo", () => {
  it("brings jose and nothing else", () => {
    expect(packagesOf(installed.folder).sort()).toEqual(["@latchkey", "jose"]);
  });

  it.each(PROJECTS)("type-checks without Express, tRPC and Node's types: %s", async (_, options) => {
    const aside = join(installed.folder, "frameworks.ts");
    await rename(aside, `${aside}.later`);
    expect(await installed.compile(options)).toBe("");
    await rename(`${aside}.later`, aside);
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
    await installed.add(...FRAMEWORKS);
    for (const [name, options] of PROJECTS)
      expect(await installed.compile({ ...options, types: ["node"] }), name).toBe("");
  }, 180_000);

  it("is clean in publint and arethetypeswrong", async () => {
    await run("npx", ["publint", "run", installed.tarball, "--strict"], workspace);
    await run("npx", ["attw", installed.tarball, "--profile", "esm-only"], workspace);
  }, 180_000);
});
