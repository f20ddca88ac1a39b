import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { documents, ROOT, readDocument } from "./markdown.js";

const { scripts } = JSON.parse(readDocument("package.json"));
/**
 * What names in capitals may refer to: settings, error codes, the client's events and its own codes,
 * reasons for refusing rows, the codes of commands that open the database.
 */
const names = [
  "apps/docs/settings.generated.md",
  "apps/docs/errors.generated.md",
  "packages/client/src/state.ts",
  "packages/client/src/cookie-keeper.ts",
  "packages/client/src/result.ts",
  "apps/server/src/features/transfers/record.ts",
  "apps/server/src/cli/failure.ts",
]
  .map(readDocument)
  .join("\n");

describe.each(documents)("%s", (path) => {
  const text = readDocument(path);

  it("links only to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
    const local = links.filter((link) => !link.includes("://"));
    expect(local.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
  });

  it("names only files that exist", () => {
    const named = [...text.matchAll(/`((?:apps|packages|test|\.ci)\/[^`\s*<]*)`/g)].map(
      ([, file = ""]) => file,
    );
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names only commands that exist", () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it("names only settings, codes and events that exist", () => {
    const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(names))).toEqual([]);
  });
});

describe("the decisions", () => {
  it("are listed in the architecture's index, each with its consequences", () => {
    const index = readDocument("apps/docs/architecture.md");
    const decisions = documents.filter((path) => path.startsWith("apps/docs/decisions/"));
    expect(decisions.length).toBeGreaterThan(0);
    for (const path of decisions) {
      expect(index).toContain(`(${path.slice("apps/docs/".length)})`);
      expect(readDocument(path)).toMatch(
        /^# \d{4}: [\s\S]*^## Context$[\s\S]*^## Decision$[\s\S]*^## Consequences$/m,
      );
    }
  });
});
