import { configDefaults, defineConfig } from "vitest/config";

const conditions = ["@latchkey/source", "module", "node"];

/**
 * Tests that take longer than one waits before a commit: Latchkey as its users get it (in a browser, packed
 * and installed, started from a fresh clone, by the guides' commands), a copy of it with one more feature, all
 * recorded answers, files that only a build has, thousands of generated or repeated attacks, processes that are
 * killed and disks that are full.
 */
export const THOROUGH = [
  "architecture/trial.test.ts",
  "browser/**/*.test.ts",
  "{client,guard}/packed.test.ts",
  "client/peers.test.ts",
  "differential/bodies.test.ts",
  "docs/{import,mail,many-nodes,operate,readme,systemd,users}.test.ts",
  "foreign/**/*.test.ts",
  "recorded/**/*.test.ts",
  "server/cli/{import-generated,import-interrupted,process}.test.ts",
  "server/database/sqlite/room.test.ts",
  "server/features/limits/attack.test.ts",
  "server/features/outbox/crash.test.ts",
  "server/features/sessions/strict.test.ts",
  "server/http/hostile-generated.test.ts",
  "server/http/mounts/docs.test.ts",
  "start/**/*.test.ts",
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@latchkey/source", "node"] } },
  test: {
    root: import.meta.dirname,
    globalSetup: ["support/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Files of one worker share what they import: importing it again for each took longer than the tests
    // themselves.
    isolate: false,
    // Four workers even on two cores: most files wait for something most of the time.
    maxWorkers: 4,
    server: { deps: { inline: [/@latchkey\//] } },
    projects: [
      { extends: true, test: { name: "thorough", include: THOROUGH } },
      {
        extends: true,
        test: {
          name: "quick",
          include: ["**/*.test.ts"],
          // The trial's own tests run in the copy that it is laid into.
          exclude: [...configDefaults.exclude, ...THOROUGH, "architecture/trial/**"],
        },
      },
    ],
  },
});
