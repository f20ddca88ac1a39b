import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FOREIGN_HASHES } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

const H = FOREIGN_HASHES[0]?.[1] ?? "";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
  await file("u.csv", `email,hash,role\na@x.example,${H},admin\n`);
});
afterEach(() => operator.leave());

const file = (name: string, content: string) => writeFile(join(operator.folder, name), content);
const importing = (...words: readonly string[]) => operator.run(["users", "import", ...words]);

describe("a complete import", () => {
  it.each([
    ["--admins", [], ["--admins"], "--format csv, without --admins"],
    ["--format", [], ["--format", "tsv"], "--format csv, without --admins"],
    ["both", ["--admins"], ["--format", "jsonl"], "--format csv --admins"],
  ])("is not repeated by --resume with other options: %s", async (_which, first, second, ran) => {
    expect((await importing("u.csv", ...first)).exitCode).toBe(0);
    const again = await importing("u.csv", "--resume", ...second);
    expect(again).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `latchkey: This import is complete and ran with ${ran}: --resume cannot change that.\n`,
    });
  });

  it("is reported again by --resume with the same options, or with none", async () => {
    await importing("u.csv", "--admins");
    for (const options of [["--admins"], ["--format", "csv"], ["--report", "report.csv"], ["--dry-run"]]) {
      const { exitCode, stdout } = await importing("u.csv", "--resume", "--json", ...options);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout).import).toMatchObject({ imported: 1, admins: true, format: "csv" });
    }
  });
});

describe("an import of Firebase's users", () => {
  const parameters = (key: string) =>
    `base64_signer_key: ${key}, base64_salt_separator: Bw==, rounds: 8, mem_cost: 14`;
  const user = { localId: "1", email: "f@x.example", passwordHash: "aGFzaA==", salt: "c2FsdA==" };

  beforeEach(async () => {
    await file("f.json", JSON.stringify({ users: [user] }));
    await file("one.txt", parameters("b25l"));
    await file("other.txt", parameters("b3RoZXI="));
    await importing("f.json", "--firebase-parameters", "one.txt");
  });

  it("is not resumed with the parameters of another project", async () => {
    const { exitCode, stderr } = await importing("f.json", "--resume", "--firebase-parameters", "other.txt");
    expect([exitCode, stderr]).toEqual([
      2,
      "latchkey: This import began with other parameters of Firebase: resume it with the same.\n",
    ]);
  });

  it("is resumed with the same parameters, however they are written", async () => {
    await file("same.txt", `{\n${parameters("b25l").replaceAll(", ", ",\n")}\n}`);
    expect((await importing("f.json", "--resume", "--firebase-parameters", "same.txt")).exitCode).toBe(3);
  });
});
