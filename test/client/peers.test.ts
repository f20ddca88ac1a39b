import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import client from "../../packages/client/package.json" with { type: "json" };
import guard from "../../packages/guard/package.json" with { type: "json" };
import test from "../package.json" with { type: "json" };
import { type InstalledPackage, withConsumer } from "../support/installed.js";
import { run } from "../support/run.js";
import { startServer, type TestServer } from "../support/server.js";
import { shared } from "../support/shared.js";

/** What stands at both ends of the ranges that our packages accept. */
const ENDS = {
  oldest: {
    "@trpc/client": "11.5.0",
    "@trpc/server": "11.5.0",
    "@tanstack/react-query": "5.0.0",
    react: "18.0.0",
    "react-dom": "18.0.0",
    "@types/react": "18.2.8",
    "@types/react-dom": "18.2.0",
    // React's types of that time name modules that newer ones of these no longer have.
    "@types/scheduler": "0.16.8",
    typescript: "5.7.3",
  },
  newest: {
    "@trpc/client": test.devDependencies["@trpc/client"],
    "@trpc/server": test.devDependencies["@trpc/server"],
    "@tanstack/react-query": test.devDependencies["@tanstack/react-query"],
    react: test.devDependencies.react,
    "react-dom": test.devDependencies["react-dom"],
    "@types/react": test.devDependencies["@types/react"],
    "@types/react-dom": test.devDependencies["@types/react-dom"],
    typescript: test.devDependencies.typescript,
  },
} as const;
const NODE_TYPES = `@types/node@${test.devDependencies["@types/node"]}`;
/** tRPC's own tools for TanStack Query ask for exactly their own version of its client. */
const PINNING = "11.22.1";
const OPTIONS = {
  module: "NodeNext",
  lib: ["ES2022", "DOM"],
  types: ["node"],
  exactOptionalPropertyTypes: true,
  skipDefaultLibCheck: true,
  outDir: "node",
  jsx: "react-jsx",
};

let folder: string;
let server: TestServer;
beforeAll(async () => {
  [folder, server] = await Promise.all([mkdtemp(join(tmpdir(), "latchkey-peers-")), startServer()]);
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Installs our packages outside the monorepo, beside others, as a user does. */
async function install(name: string, ...others: readonly string[]): Promise<string> {
  const to = join(folder, name);
  await mkdir(to);
  await writeFile(join(to, "package.json"), '{ "private": true, "type": "module" }\n');
  const packages = await shared("packages");
  const ours = ["client", "guard"].map((each) => join(packages, `${each}.tgz`));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...ours, ...others], to);
  return to;
}

/** The examples in the client's README, each as a file of a consumer. */
async function writeExamples(to: string): Promise<void> {
  const readme = await readFile(join(to, "node_modules/@latchkey/client/README.md"), "utf8");
  const examples = [...readme.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)];
  expect(examples.length).toBeGreaterThan(4);
  for (const [index, [, extension, text = ""]] of examples.entries())
    await writeFile(join(to, `example-${index}.${extension}`), text);
}

const wanted = (end: Readonly<Record<string, string>>) =>
  Object.entries(end).map(([name, version]) => `${name}@${version}`);

/** A shell around `node` in that folder, with these modules compiled. */
const call = (installed: InstalledPackage, module: string, expression: string) =>
  installed.node(
    "--input-type=module",
    "--eval",
    `const it = await import("./node/${module}.js"); process.stdout.write(JSON.stringify(await ${expression}));`,
  );

// Installing and compiling are slow on a busy machine.
describe("the ranges of the packed packages", { timeout: 300_000 }, () => {
  it("begin at what is tested here as the oldest", () => {
    expect(client.peerDependencies).toEqual({
      "@tanstack/react-query": `^${ENDS.oldest["@tanstack/react-query"]}`,
      "@trpc/client": `^${ENDS.oldest["@trpc/client"]}`,
      "@trpc/server": `^${ENDS.oldest["@trpc/server"]}`,
      react: ">=18",
    });
    expect(guard.peerDependencies).toEqual({ "@trpc/server": `^${ENDS.oldest["@trpc/server"]}` });
  });

  it.each(["oldest", "newest"] as const)(
    "hold with the %s of everything, in types and at run time",
    async (end) => {
      const to = await install(end, ...wanted(ENDS[end]), NODE_TYPES);
      await withConsumer(to, join(import.meta.dirname, "../guard/consumer"), ["core.ts"]);
      await withConsumer(to, join(import.meta.dirname, "consumer"));
      const installed = await withConsumer(to, join(import.meta.dirname, "consumer-peers"));
      await writeExamples(to);
      const compiler = [join(to, "node_modules/typescript/bin/tsc")];
      expect(await installed.compile(OPTIONS, compiler)).toBe("");
      const url = JSON.stringify(server.url);
      const fresh = await startServer();
      const page = await call(installed, "frameworks", `it.renderAt(${JSON.stringify(fresh.url)})`);
      await fresh.close();
      expect(JSON.parse(page)).toBe("<p>signed-in ada ada@example.com idle</p>");
      if (end === "oldest") {
        const walked = JSON.parse(await call(installed, "session", `it.walk(${url})`));
        expect(walked).toMatchObject({ signedUp: "grace", wrongPassword: "INVALID_CREDENTIALS" });
      }
    },
  );

  it("install beside tRPC's own tools for TanStack Query, with one copy of tRPC", async () => {
    const to = await install("beside", `@trpc/tanstack-react-query@${PINNING}`, "react@19");
    const ours = await readdir(join(to, "node_modules/@latchkey/client"));
    expect(ours).not.toContain("node_modules");
    const { version } = JSON.parse(
      await run(
        process.execPath,
        ["-p", 'JSON.stringify(require("./node_modules/@trpc/client/package.json"))'],
        to,
      ),
    );
    expect(version).toBe(PINNING);
  });
});
