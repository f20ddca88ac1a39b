import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, readDocument } from "./markdown.js";

const folder = join(ROOT, "apps/example-react/src");
const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
const blocks = [...readDocument("apps/docs/guide/frontend.md").matchAll(/^```tsx?\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);

describe("the guide to frontends", () => {
  it("shows only what the example does", () => {
    expect(blocks.length).toBeGreaterThan(4);
    expect(blocks.filter((text) => !sources.some((source) => source.includes(text)))).toEqual([]);
  });
});
