import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login } from "../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator, PASSWORD } from "./command.js";
import { commandLine } from "./command-line.js";
import { type Finished, finished } from "./finished.js";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterAll(async () => {
  await server.close();
  await operator.leave();
});

const create = (email: string, stdin: string | Uint8Array) =>
  operator.run(["users", "create", "--email", email], { stdin });

describe("a password from standard input", () => {
  it.each([
    ["ends with the input", PASSWORD, PASSWORD],
    ["ends with the line", `${PASSWORD}\nsomething else\n`, PASSWORD],
    ["ends with a Windows line", `${PASSWORD}\r\n`, PASSWORD],
    ["keeps its surrounding whitespace", ` ${PASSWORD} \t\n`, ` ${PASSWORD} \t`],
    ["counts code points", "😀😀😀😀😀😀\n", "😀😀😀😀😀😀"],
  ])("%s", async (_promise, stdin, password) => {
    const email = freshEmail();
    expect(await create(email, stdin)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await login(server, email, password)).toBeTypeOf("string");
  });

  it.each([
    ["too short", "12345\n", "The password must have at least 6 characters."],
    ["too short in code points", "😀😀😀😀😀\n", "The password must have at least 6 characters."],
    ["too long", "x".repeat(1025), "The password must have at most 1024 characters."],
    ["endless", "x".repeat(1_000_000), "The password is too long."],
    ["missing", "", "No password was given."],
    ["an empty line", "\nsecond line\n", "No password was given."],
    ["not UTF-8", Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa), "The password must be valid UTF-8."],
  ])("is refused if it is %s, and no user is created", async (_fault, stdin, sentence) => {
    const email = freshEmail();
    expect(await create(email, stdin)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `latchkey: ${sentence}\n`,
    });
    expect((await operator.run(["users", "show", email])).exitCode).toBe(1);
  });

  it("needs only the end of the line, not of the input", async () => {
    const words = await commandLine(["users", "create", "--email", freshEmail()]);
    const child = spawn(process.execPath, words, { cwd: operator.folder, env: operator.environment });
    child.stdin.write(`${PASSWORD}\n`);
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("a password as an argument", () => {
  it.each([["--password", "hunter2!"], ["--password=hunter2!"], ["-p", "hunter2!"], ["-phunter2!"]])(
    "is never accepted: %s",
    async (...words) => {
      const email = freshEmail();
      const { exitCode, stdout, stderr } = await operator.run([
        "users",
        "create",
        "--email",
        email,
        ...words,
      ]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^latchkey: A password is never taken as an argument, .*standard input\.\n$/);
      expect(stdout + stderr).not.toContain("hunter2!");
      expect((await operator.run(["users", "show", email])).exitCode).toBe(1);
    },
  );

  it("is not repeated after a misspelt option either", async () => {
    const { exitCode, stderr } = await operator.run([
      "users",
      "create",
      "--email",
      freshEmail(),
      "--pasword=hunter2!",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "latchkey: Unknown option '--pasword'.\n" });
  });
});

/** util-linux's `script` gives a command a pseudo-terminal. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux");

/** Runs the command on a terminal and types each answer when its question appears. */
async function typing(words: readonly string[], answers: readonly string[]): Promise<Finished> {
  const line = [process.execPath, ...(await commandLine(words))].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd: operator.folder,
    env: { ...operator.environment, TERM: "xterm" },
  });
  let screen = "";
  let typed = 0;
  child.stdout.on("data", (text) => {
    screen += text;
    const asked = screen.match(/(Password|Repeat the password): /g)?.length ?? 0;
    for (; typed < Math.min(asked, answers.length); typed++) child.stdin.write(answers[typed] ?? "");
  });
  return finished(child);
}

describe.skipIf(!hasScript)("a password from a terminal", () => {
  it("is asked for twice and never shown", async () => {
    const email = freshEmail();
    const answers = ["typed secret\r", "typed secret\r"];
    const { exitCode, stdout } = await typing(["users", "create", "--email", email], answers);
    expect(stdout).toContain("Password: \r\nRepeat the password: \r\nCreated ");
    expect(stdout).not.toContain("secret");
    expect(exitCode).toBe(0);
    expect(await login(server, email, "typed secret")).toBeTypeOf("string");
  });

  it("also works if both lines are pasted at once", async () => {
    const email = freshEmail();
    const { exitCode } = await typing(["users", "create", "--email", email], ["pasted it\rpasted it\r"]);
    expect(exitCode).toBe(0);
    expect(await login(server, email, "pasted it")).toBeTypeOf("string");
  });

  it("is refused if the two are different", async () => {
    const email = freshEmail();
    const words = ["users", "create", "--email", email];
    const { exitCode, stdout } = await typing(words, ["typed secret\r", "another one\r"]);
    expect(stdout).toContain("latchkey: The two passwords are different.");
    expect(exitCode).toBe(1);
  });

  it("can be cancelled with Ctrl-C, and no user is created", async () => {
    const email = freshEmail();
    const words = ["users", "create", "--email", email];
    const { exitCode, stdout } = await typing(words, ["typed secret\r", "\u0003"]);
    expect(stdout).toContain("latchkey: Cancelled: nothing was changed.");
    expect(exitCode).toBe(1);
    expect((await operator.run(["users", "show", email])).exitCode).toBe(1);
  });
});
