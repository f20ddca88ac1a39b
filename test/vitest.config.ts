import { defineConfig } from "vitest/config";

const conditions = ["@latchkey/source", "module", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@latchkey/source", "node"] } },
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    globalSetup: ["support/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Files of one worker share what they import: to import it anew for each took longer than the tests themselves.
    isolate: false,
    // More than cores: most files wait for something most of the time.
    maxWorkers: 4,
    server: { deps: { inline: [/@latchkey\//] } },
  },
});
