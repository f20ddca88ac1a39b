import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSettings, SettingsError } from "../../../apps/server/src/settings/read.js";
import { declaredSettings } from "../../../apps/server/src/wiring/settings.js";

const read = (environment: Record<string, string> = {}) => readSettings(declaredSettings, environment);
const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
};

describe("settings", () => {
  it("have the defaults that the contract promises", () => {
    const { http, host, signingKeys, credentials, sessions } = read();
    expect(http).toMatchObject({ port: 8000, workers: 1, host: undefined });
    expect([...http.corsOrigins]).toEqual(["http://localhost:3000", "http://localhost:5173"]);
    expect(host).toMatchObject({ databaseUrl: "data/latchkey.db", redisUrl: undefined, logLevel: "info" });
    expect(signingKeys.secret).toBeUndefined();
    expect(credentials).toMatchObject({ timeCost: 3, memoryKib: 65536, parallelism: 1 });
    expect(sessions).toMatchObject({
      accessMinutes: 180,
      authMinutes: 1440,
      refreshWindowMinutes: 10080,
      sessionMaxDays: 30,
    });
  });

  it("report all errors at once, and never the values", () => {
    const faults = faultsOf({ PORT: "x9", WORKERS: "0", JWT_SECRET: "hunter2", ACCESS_TOKEN_MINUTES: "-1" });
    expect(faults).toHaveLength(4);
    expect(faults.join()).toMatch(/PORT must be a whole number from 0 to 65535/);
    expect(faults.join()).not.toMatch(/x9|hunter2/);
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "8000.5"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "http://localhost:3000/app"],
    ["CORS_ORIGINS", "localhost:3000"],
    ["CORS_ORIGINS", "null"],
    ["CORS_ORIGINS", "file://"],
    ["CORS_ORIGINS", "file://host"],
    ["CORS_ORIGINS", "about://blank"],
    ["CORS_ORIGINS", "capacitor://localhost/"],
    ["CORS_ORIGINS", "capacitor://user@localhost"],
    ["CORS_ORIGINS", "app://a b"],
    ["CORS_ORIGINS", "app:localhost"],
    ["CORS_ORIGINS", "Https://app.example.com"],
    ["CORS_ORIGINS", "https://app.example.com:443"],
    ["REDIS_URL", "localhost:6379"],
    ["DATABASE_URL", "postgres://localhost/db"],
    ["DATABASE_URL", ":memory:"],
    ["DATABASE_URL", "/proc/latchkey.db"],
    ["DATABASE_URL", "file:///dev/null"],
    ["DATABASE_URL", "/tmp/../sys/x.db"],
    ["DATABASE_URL", "file:/srv/100%/x.db"],
    ["DATABASE_URL", "file:/srv/%ff.db"],
    ["DATABASE_URL", "file:/srv/%00.db"],
    ["HOST", "[::1]"],
    ["HOST", "http://localhost"],
    ["HOST", "localhost:8000"],
    ["HOST", "8000"],
    ["HOST", "1.2.3"],
    ["HOST", "-"],
    ["HOST", "a b"],
    ["MANAGEMENT_HOST", "[::]"],
    ["ACCESS_TOKEN_MINUTES", "0"],
    ["ACCESS_TOKEN_MINUTES", "Infinity"],
    ["ARGON2_TIME_COST", "0"],
    ["ARGON2_MEMORY_KIB", "7"],
    ["LOG_LEVEL", "loud"],
    ["REFRESH_REUSE", "maybe"],
  ])("refuse %s=%s", (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must `))]);
  });

  it.each([
    "https://*.example.com",
    "https://*",
    "http://localhost:*",
    "*.example.com",
    "*",
    "https://app.example.com,https://*.example.com",
    "app://*",
  ])("say that origins have no patterns: CORS_ORIGINS=%s", (value) => {
    expect(faultsOf({ CORS_ORIGINS: value })).toEqual([
      expect.stringMatching(/^CORS_ORIGINS must list each origin by itself: `\*` and patterns/),
    ]);
  });

  it.each([
    "short",
    "a".repeat(64),
    "abababababababababababababababababababab",
    "secretsecretsecretsecretsecretsecret",
    "your-256-bit-secret-your-256-bit-secret",
    "change-me-change-me-change-me-change-me",
    "$(openssl rand -base64 48 | tr -d '=')",
    "openssl rand -base64 48 | tr -d '='",
    `\${THE_SECRET_OF_ALL_OUR_SERVICES_2026}`,
    "$THE_SECRET_OF_ALL_OUR_SERVICES_2026",
    "head -c 48 /dev/urandom | base64 -w0",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    " ".repeat(40),
    "\t",
    `q0Jx3v7TzY1uKpR9${" ".repeat(20)}sWmE5nLbGdHaCf`,
    "c h a n g e - m e - c h a n g e - m e - c h a n g e - m e - c h a n g e - m e",
  ])("refuse the secret %j", (secret) => {
    expect(faultsOf({ JWT_SECRET: secret })).toHaveLength(1);
  });

  it("accept a random secret, and minutes in fractions", () => {
    const environment = { JWT_SECRET: "q0Jx3v7TzY1uKpR9sWmE5nLbGdHaCfXi2kO8", ACCESS_TOKEN_MINUTES: "0.05" };
    expect(read(environment)).toMatchObject({ sessions: { accessMinutes: 0.05 } });
  });

  it.each([
    ["file:data/x.db", "data/x.db"],
    ["file:///var/lib/x.db", "/var/lib/x.db"],
    ["/var/lib/x.db", "/var/lib/x.db"],
    ["/dev/shm/x.db", "/dev/shm/x.db"],
    ["/devices/x.db", "/devices/x.db"],
    ["file:/srv/a%24b/x~y.db", "/srv/a$b/x~y.db"],
  ])("read DATABASE_URL=%s as a path", (value, path) => {
    expect(read({ DATABASE_URL: value }).host.databaseUrl).toBe(path);
  });

  it.each([
    "~/x.db",
    "~",
    "$HOME/x.db",
    `/srv/\${NAME}.db`,
    '"/data/x.db"',
    "'/data/x.db'",
    "file:$HOME/x.db",
  ])(
    "refuse DATABASE_URL=%s, which a shell would have changed: it is not the path that is meant",
    (value) => {
      expect(faultsOf({ DATABASE_URL: value })).toEqual([
        expect.stringMatching(/^DATABASE_URL must be the path itself/),
      ]);
    },
  );
});

describe.each(Object.values(declaredSettings).flatMap((group) => Object.values(group)))(
  "$name",
  ({ name, parse }) => {
    it("is either usable or refused with a sentence, whatever is written", () => {
      const pieces = fc.constantFrom(
        ..."%[]:/@?#,.-* \t\n\0".split(""),
        "%zz",
        "file:",
        "http://",
        "smtp://",
        "redis://",
        "[::1]",
        "127.0.0.1",
        "localhost",
        "999999999999999999999",
        "1e999",
        "\ud800",
      );
      const texts = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 8 }).map((all) => all.join("")),
      );
      fc.assert(
        fc.property(texts, (text) => {
          const result: object = parse(text);
          if ("value" in result) return;
          expect(result).toEqual({ fault: expect.stringMatching(/^(must|is) /) });
          if (text.trim() !== "") expect(faultsOf({ [name]: text })).toHaveLength(1);
        }),
        { numRuns: 500 },
      );
    });
  },
);

describe("HOST", () => {
  it.each(["0.0.0.0", "::", "::1", "fe80::1%eth0", "localhost", "db-1.internal", "xn--bcher-kva.example."])(
    "may be %s",
    (HOST) => {
      expect(read({ HOST }).http.host).toBe(HOST);
    },
  );
});
