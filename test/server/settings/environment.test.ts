import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../apps/server/src/settings/environment.js";
import { nearName } from "../../../apps/server/src/settings/near-name.js";
import { declaredSettings } from "../../../apps/server/src/wiring/settings.js";

const SETTINGS = Object.values(declaredSettings).flatMap((group) => Object.values(group));
const NAMES = SETTINGS.map(({ name }) => name);
const SECRET = "JWT_SECRET=q0Jx3v7TzY1uKpR9sWmE5nLbGdHaCfXi2kO8\n";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-env-"));
  file = join(folder, ".env");
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (variables: Record<string, string> = {}) => readEnvironment(SETTINGS, variables, file);
const write = (text: string, mode = 0o600) => writeFileSync(file, text, { mode });

describe("the environment", () => {
  it("wins over .env, and counts as not set if it is empty", () => {
    write('PORT=9000\nWORKERS="2"\nREDIS_URL=\n');
    expect(read({ PORT: "9001", WORKERS: "" })).toEqual({
      values: { PORT: "9001", WORKERS: "2" },
      faults: [],
      warnings: [],
    });
  });

  it("takes an empty secret for none, and refuses one of blanks, wherever it is set", () => {
    const refused = ["JWT_SECRET contains only blanks: set a secret, or leave it out."];
    const faultsOf = (variable: string, content: string) => {
      write(content);
      return read({ JWT_SECRET: variable, PORT: " " }).faults;
    };
    expect(faultsOf("", "JWT_SECRET=\n")).toEqual([]);
    expect(faultsOf(" \t", "PORT=9000\n")).toEqual(refused);
    expect(faultsOf("", 'JWT_SECRET="  "\n')).toEqual(refused);
    expect(faultsOf(" ", SECRET)).toEqual(refused);
    expect(faultsOf("", SECRET)).toEqual([]);
  });

  it("is warned about a name that is nearly one of ours, which may be another program's", () => {
    const { faults, warnings } = read({
      ACCESS_TOKEN_MINUTS: "5",
      API_URL: "x",
      HOME: "/root",
      PATH: "/bin",
    });
    expect(faults).toEqual([]);
    expect(warnings).toEqual([
      "The environment variable ACCESS_TOKEN_MINUTS is not a setting. If it is meant for Latchkey, rename it to ACCESS_TOKEN_MINUTES.",
    ]);
  });

  it("is warned about quotation marks that belong to a value, as Docker's --env-file leaves them", () => {
    const { values, warnings } = read({
      APP_NAME: '"Example"',
      MAIL_FROM: 'Bob "B" <b@x.example>',
      OTHER: "'x'",
    });
    expect(values.APP_NAME).toBe('"Example"');
    expect(warnings).toEqual([
      "The environment variable APP_NAME has quotation marks around its value, which belong to it.",
    ]);
  });
});

describe(".env", () => {
  it("may be absent", () => {
    expect(read()).toEqual({ values: {}, faults: [], warnings: [] });
  });

  it("is refused if it sets a name that is nearly one of ours", () => {
    write("POSTGRES_PASSWORD=x\nACCESS_TOKEN_MINUTS=5\nport=1\n");
    expect(read().faults).toEqual([
      "Line 2 of .env sets ACCESS_TOKEN_MINUTS, which is not a setting: ACCESS_TOKEN_MINUTES is. Rename or remove it.",
      "Line 3 of .env sets port, which is not a setting: PORT is. Rename or remove it.",
    ]);
  });

  it("is refused if it sets one of ours twice", () => {
    write("PORT=1\nOTHER=1\nOTHER=2\nPORT=2\n");
    expect(read().faults).toEqual(["PORT is set more than once in .env, in lines 1, 4."]);
  });

  it("is refused if it is a folder, a link to nothing, or too large", () => {
    mkdirSync(file);
    expect(read().faults).toEqual([".env is a folder: remove it, or put a file in its place."]);
    rmSync(file, { recursive: true });
    symlinkSync(join(folder, "nothing"), file);
    expect(read().faults).toEqual([".env cannot be read (ENOENT)."]);
    rmSync(file);
    write("#".repeat(1024 * 1024 + 1));
    expect(read().faults).toEqual([".env is larger than 1 MiB: it is not a settings file."]);
  });

  it.skipIf(process.getuid?.() === 0)("is refused if it cannot be read", () => {
    write("PORT=1\n", 0o000);
    expect(read().faults).toEqual([".env cannot be read (EACCES)."]);
  });

  it.each(["JWT_SECRET=short\n", "MAIL_URL=smtp://user:password@mail.example\n", SECRET])(
    "is warned about if every user of the machine can read %j there",
    (text) => {
      write(text);
      chmodSync(file, 0o644);
      expect(read().warnings).toEqual([
        ".env contains secrets, and every user of this machine can read it: run chmod 600 .env.",
      ]);
      chmodSync(file, 0o640);
      expect(read().warnings).toEqual([]);
    },
  );

  it("may be read by all if it contains no secret", () => {
    write("PORT=1\nREDIS_URL=redis://127.0.0.1\n");
    chmodSync(file, 0o644);
    expect(read().warnings).toEqual([]);
  });
});

describe("a name that is nearly one of ours", () => {
  it.each([
    ["ACCESS_TOKEN_MINUTS", "ACCESS_TOKEN_MINUTES"],
    ["JWT_SECERT", "JWT_SECRET"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["REDIS_URI", "REDIS_URL"],
    ["CORS_ORIGIN", "CORS_ORIGINS"],
    ["WORKER", "WORKERS"],
    ["Port", "PORT"],
  ])("is found for %s: %s", (unknown, name) => {
    expect(nearName(unknown, NAMES)).toBe(name);
  });

  it.each(["HOME", "PATH", "API_URL", "SORT", "JWT_SECRET_KEY", "POSTGRES_PASSWORD", "TZ", "LANG"])(
    "is not found for %s",
    (unknown) => {
      expect(nearName(unknown, NAMES)).toBeUndefined();
    },
  );

  it("is found for each of ours with one letter left out, added or swapped", () => {
    const settings = fc.constantFrom(...NAMES.filter((name) => name.length >= 8));
    fc.assert(
      fc.property(settings, fc.nat(), fc.constantFrom("out", "added", "swapped"), (name, seed, kind) => {
        const at = seed % (name.length - 1);
        const [before, first, second, after] = [
          name.slice(0, at),
          name.charAt(at),
          name.charAt(at + 1),
          name.slice(at + 2),
        ];
        const middle = { out: second, added: `${first}X${second}`, swapped: second + first }[kind];
        const written = before + middle + after;
        if (!NAMES.includes(written)) expect(nearName(written, NAMES)).toBeDefined();
      }),
    );
  });
});
