import { existsSync } from "node:fs";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { run } from "../support/run.js";

const ROOT = join(import.meta.dirname, "../..");
/** Folders that programs write and git ignores. */
const MADE = new Set(["node_modules", "dist", ".turbo"]);
/** The hidden entries of node_modules that a copy needs: programs, and the record of what is installed. */
const HIDDEN = [".bin", ".latchkey-installed", ".package-lock.json"];

/** The lines that were removed from a file and added to it, in their order. */
export interface Touched {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A copy of the repository with its uncommitted changes, in which all commands can be run. */
export interface ScratchCopy {
  readonly root: string;
  /** Runs a program of node_modules; resolves to its output, or rejects with it on failure. */
  program(name: string, args: readonly string[], folder?: string): Promise<string>;
  npm(...args: readonly string[]): Promise<string>;
  /** Copies the files of a folder into it. */
  lay(folder: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Adds a line before the first one that matches, or at the top if no pattern is given. */
  addLine(file: string, line: string, before?: RegExp): Promise<void>;
  replace(file: string, text: string, by: string): Promise<void>;
  /** The new files, and the changed lines of the others. */
  changes(): Promise<{
    readonly created: readonly string[];
    readonly touched: Readonly<Record<string, Touched>>;
  }>;
  remove(): Promise<void>;
}

export async function scratchCopy(): Promise<ScratchCopy> {
  const root = await mkdtemp(join(tmpdir(), "latchkey-copy-"));
  const original = await filesOfRepository();
  for (const file of original) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await copyFile(join(ROOT, file), join(root, file));
  }
  await linkPackages(root);
  const read = (file: string) => readFile(join(root, file), "utf8");
  const edit = async (file: string, change: (text: string) => string) => {
    const before = await read(file);
    const after = change(before);
    if (after === before) throw new Error(`${file} has no such line`);
    await writeFile(join(root, file), after);
  };
  return {
    root,
    program: (name, args, folder = ".") =>
      run(join(root, "node_modules/.bin", name), args, join(root, folder)),
    npm: (...args) => run("npm", args, root),
    lay: (folder) => cp(folder, root, { recursive: true }),
    read,
    addLine: (file, line, before = /^/) =>
      edit(file, (text) => text.replace(new RegExp(before, "m"), (start) => `${line}\n${start}`)),
    replace: (file, text, by) => edit(file, (whole) => whole.replace(text, by)),
    async changes() {
      const known = new Set(original);
      const created = (await filesIn(root)).filter((file) => !known.has(file));
      const touched: Record<string, Touched> = {};
      for (const file of original) {
        const [before, after] = await Promise.all([readFile(join(ROOT, file), "utf8"), read(file)]);
        if (before === after) continue;
        touched[file] = { removed: linesOnlyIn(before, after), added: linesOnlyIn(after, before) };
      }
      return { created, touched };
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The files that are in git, or would be after `git add`. */
async function filesOfRepository(): Promise<string[]> {
  const listed = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT);
  return listed.split("\0").filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

/** All files of a folder, apart from what programs write. */
async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (const each of folders) {
    for (const entry of await readdir(each, { withFileTypes: true })) {
      const path = join(each, entry.name);
      if (entry.isDirectory() && !MADE.has(entry.name)) folders.push(path);
      if (entry.isFile()) found.push(relative(folder, path));
    }
  }
  return found.sort();
}

/** Links the installed packages into the copy, and the workspaces' packages to its own folders. */
async function linkPackages(root: string): Promise<void> {
  const installed = join(ROOT, "node_modules");
  await mkdir(join(root, "node_modules/@latchkey"), { recursive: true });
  for (const name of await readdir(installed)) {
    if (name === "@latchkey" || (name.startsWith(".") && !HIDDEN.includes(name))) continue;
    await symlink(join(installed, name), join(root, "node_modules", name));
  }
  for (const name of await readdir(join(installed, "@latchkey"))) {
    await symlink(
      await readlink(join(installed, "@latchkey", name)),
      join(root, "node_modules/@latchkey", name),
    );
  }
  // Where two workspaces need two versions of a package, one has its own.
  for (const workspace of ["apps", "packages"]) {
    for (const name of await readdir(join(ROOT, workspace))) {
      const own = join(workspace, name, "node_modules");
      if ((await readdir(join(ROOT, workspace, name))).includes("node_modules")) {
        await symlink(join(ROOT, own), join(root, own));
      }
    }
  }
}

/** The lines of a text that another one does not have, or has fewer times. */
function linesOnlyIn(text: string, other: string): string[] {
  const left = other.split("\n");
  return text.split("\n").filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
