import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InstalledPackage, installedIn, judge } from "../support/installed.js";
import { isEnoughByItself } from "../support/readme.js";
import { startServer, type TestServer } from "../support/server.js";
import { installOlderCompilers, OLDER_COMPILERS, olderCompiler } from "./compilers.js";
import { hover } from "./hover.js";
import { installedForTrial } from "./trial-installed.js";

const MAX_BUNDLE_BYTES = 10.5 * 1024;
/** The options of the older compilers. */
const OLDER_OPTIONS = {
  module: "NodeNext",
  lib: ["ES2022", "DOM"],
  exactOptionalPropertyTypes: true,
  // Their own libraries are not ours to check, and would take as long as all the rest.
  skipDefaultLibCheck: true,
  noEmit: true,
};
/** Additional size for React, for TanStack Query, or for passkeys. */
const MAX_ENTRY_BYTES = 2 * 1024;

let installed: InstalledPackage;
let hasOlderCompilers: boolean;
let server: TestServer;
beforeAll(async () => {
  [installed, hasOlderCompilers, server] = await Promise.all([
    installedIn("client", join(import.meta.dirname, "consumer")),
    installOlderCompilers(),
    startServer(),
  ]);
  // The example in its README is a consumer's file as well.
  const readme = await readFile(join(installed.folder, "node_modules/@latchkey/client/README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(example).toContain("http://localhost:8000");
  await writeFile(join(installed.folder, "readme.ts"), example.replace("http://localhost:8000", server.url));
}, 180_000);
afterAll(() => server?.close());

/** Its files as Node runs them: compiled once, by the first test that asks. */
let compiling: Promise<string> | undefined;
const compileForNode = () => {
  compiling ??= installed.compile({ module: "NodeNext", moduleResolution: "NodeNext", outDir: "node" });
  return compiling;
};

/** The same package, generated from contracts whose errors carry data. */
let trial: ReturnType<typeof installedForTrial> | undefined;
const forTrial = () => {
  trial ??= installedForTrial(installed.folder);
  return trial;
};

// Compilers are slow on a busy machine.
describe("the packed client, installed outside the monorepo", { timeout: 180_000 }, () => {
  it("brings tRPC's client and types, and nothing else", () => {
    const here = (folder: string) => readdirSync(join(installed.folder, "node_modules", folder));
    expect(here("@latchkey")).toEqual(["client"]);
    expect(here("@trpc").sort()).toEqual(["client", "server"]);
    // Its TypeScript is the one that tRPC asks for.
    const others = here(".").filter((name) => !name.includes("typescript"));
    expect(others.sort()).toEqual(["@latchkey", "@trpc"]);
    const built = join(installed.folder, "node_modules/@latchkey/client/dist");
    for (const file of readdirSync(built)) {
      expect(readFileSync(join(built, file), "utf8"), file).not.toMatch(
        /\bzod\b|@latchkey\/(contracts|server)/,
      );
    }
  });

  it("marks its hooks as client code, and nothing else, which server components use too", () => {
    const built = join(installed.folder, "node_modules/@latchkey/client/dist");
    const marked = readdirSync(built).filter((file) =>
      /^"use client";/.test(readFileSync(join(built, file), "utf8")),
    );
    expect(marked).toEqual(["react.js"]);
  });

  it("type-checks with every declaration checked: nodenext", async () => {
    expect(await compileForNode()).toBe("");
  });

  it.each([
    ["bundler", { module: "ESNext", moduleResolution: "Bundler" }],
    [
      "bundler, as in a browser's strictest project",
      {
        module: "ESNext",
        moduleResolution: "Bundler",
        lib: ["ES2022", "DOM"],
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
      },
    ],
  ])("type-checks with every declaration checked: %s", async (_, options) => {
    expect(await installed.compile(options)).toBe("");
  });

  it.for(OLDER_COMPILERS)("type-checks with every declaration checked: %s", async (compiler, { skip }) => {
    if (!hasOlderCompilers) return skip("the older compilers are not available, and there is no registry");
    expect(await installed.compile(OLDER_OPTIONS, olderCompiler(compiler))).toBe("");
  });

  it("knows the data of errors by their codes", async () => {
    expect(await (await forTrial()).compile({ module: "NodeNext", noEmit: true })).toBe("");
  });

  it.for(OLDER_COMPILERS)("knows the data of errors by their codes: %s", async (compiler, { skip }) => {
    if (!hasOlderCompilers) return skip("the older compilers are not available, and there is no registry");
    expect(await (await forTrial()).compile(OLDER_OPTIONS, olderCompiler(compiler))).toBe("");
  });

  it("serves a whole session at a live server, with typed errors", async () => {
    await compileForNode();
    const script = `
      const { walk } = await import("./node/session.js");
      process.stdout.write(JSON.stringify(await walk(${JSON.stringify(server.url)})));`;
    const fault = (field: string) => ({ path: [field], message: expect.any(String) });
    const seen = JSON.parse(await installed.node("--input-type=module", "--eval", script));
    expect(seen).toEqual({
      registered: { message: "User registered successfully." },
      issued: ["bearer", 180],
      profile: { email: "alan@example.com", first_name: "Alan", last_name: "", phone_number: "13800138000" },
      verified: "alan@example.com",
      exchanged: "TOKEN_INVALID",
      loggedOut: { message: "You have been logged out." },
      afterLogout: "TOKEN_INVALID",
      refreshAfterLogout: "REFRESH_REJECTED",
      withoutToken: "TOKEN_MISSING",
      takenTwice: "EMAIL_TAKEN",
      wrongPassword: "INVALID_CREDENTIALS",
      signedUp: "grace",
      faults: ["INVALID_INPUT", ["username", "email", "password"].map(fault)],
    });
  });

  it("runs the example in its README as written", async () => {
    await compileForNode();
    for (const time of ["first", "again"]) {
      expect(await installed.node("node/readme.js"), time).toBe(
        "INITIAL_SESSION\nSIGNED_IN\nada@example.com\nSIGNED_OUT\n",
      );
    }
  });

  it("shows its documentation on hover", async () => {
    const shown = await hover(installed.folder, "usage.ts", [
      "users.log|in.mutate(credentials));",
      "const { appC|ode, fields",
      "issued.access_|token",
      "{ em|ail: ",
      "createCl|ient({ url",
    ]);
    const [procedure, code, output, input, face] = shown;
    expect(procedure).toContain("Exchange an email address and a password for an access token.");
    expect(procedure).toContain("Starts a session.");
    expect(procedure).toContain("POST /api/users/login");
    expect(procedure).toContain("`USER_DISABLED`: This account is disabled.");
    expect(procedure).toContain("output: IssuedToken");
    expect(code).toContain(
      'appCode: "BAD_REQUEST" | "COOKIE_REFUSED" | "EMAIL_NOT_VERIFIED" | "ENROLMENT_REQUIRED" | "FACTOR_REQUIRED" | "FACTOR_WRONG" | "INTERNAL" | "INVALID_CREDENTIALS" | "INVALID_INPUT" | "PASSWORD_CHANGE_REQUIRED" | "RATE_LIMITED" | "UNAVAILABLE" | "USER_DISABLED"',
    );
    expect(output).toContain("A JSON Web Token");
    expect(input).toContain("The account's email address, in any letter case");
    expect(face).toContain("Creates a client.");
  });

  it("passes publint and arethetypeswrong", () => judge("client"));

  it("has its licence, and a README that names each of its entries and needs no other file", () =>
    isEnoughByItself("client", installed.folder));

  it(`is at most ${MAX_BUNDLE_BYTES / 1024} KiB in a browser, without zod`, async () => {
    const { bytes, packages } = await bundle('export * from "@latchkey/client";');
    expect(packages).toEqual(new Set(["@latchkey/client", "@trpc/client", "@trpc/server"]));
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });

  it.each(["react", "query", "passkeys"])(
    `costs at most ${MAX_ENTRY_BYTES / 1024} KiB more with its entry %s`,
    async (entry) => {
      const core = 'export * from "@latchkey/client";';
      const alone = await bundle(core);
      const both = await bundle(`${core} export * from "@latchkey/client/${entry}";`);
      expect(both.packages).toEqual(alone.packages);
      expect(both.bytes - alone.bytes).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
    },
  );

  /**
   * The third-party packages in a browser's bundle other than React, and the bundle's size, minified and
   * gzipped.
   */
  async function bundle(contents: string) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: installed.folder },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      external: ["react"],
      metafile: true,
      write: false,
    });
    const packages = Object.keys(metafile.inputs).map(
      (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1],
    );
    return {
      bytes: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length,
      packages: new Set(packages.filter((name) => name !== undefined)),
    };
  }
});
