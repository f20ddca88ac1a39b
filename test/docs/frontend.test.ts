import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, readDocument } from "./markdown.js";

const sources = ["apps/example-react/src", "apps/example-next/src"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")),
);
const blocks = [...readDocument("apps/docs/guide/frontend.md").matchAll(/^```tsx?\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);

describe("the guide to frontends", () => {
  it("shows only what the examples do", () => {
    expect(blocks.length).toBeGreaterThan(4);
    expect(blocks.filter((text) => !sources.some((source) => source.includes(text)))).toEqual([]);
  });
});
