import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Whether what users of a packed package read is all in it: they do not have the repository. */
export async function isEnoughByItself(name: "client" | "guard", folder: string): Promise<void> {
  const read = (file: string) => readFile(join(folder, `node_modules/@latchkey/${name}`, file), "utf8");
  const [readme, licence, manifest] = await Promise.all(["README.md", "LICENSE", "package.json"].map(read));
  expect(licence).toBe(await readFile(join(root, "LICENSE"), "utf8"));
  const links = [...(readme ?? "").matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !/^(https:\/\/|#)/.test(link))).toEqual([]);
  const headings = [...(readme ?? "").matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) => text);
  const anchors = headings.map((text) => `#${text.toLowerCase().replaceAll(" ", "-")}`);
  expect(links.filter((link) => link.startsWith("#") && !anchors.includes(link))).toEqual([]);
  const entries = Object.keys(JSON.parse(manifest ?? "").exports).filter((entry) => !entry.endsWith(".json"));
  const named = entries.map((entry) => entry.replace(/^\./, `@latchkey/${name}`));
  expect(named.filter((entry) => !readme?.includes(entry))).toEqual([]);
  expect(readme).toContain("moduleResolution");
}
