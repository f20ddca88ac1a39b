import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { testLetter } from "../../apps/server/src/features/mail/letters.js";
import { newOperator, type Operator } from "../server/cli/command.js";
import { environmentWithCurl } from "../start/curl.js";
import { templatesTo } from "../support/mail.js";
import { registerUser } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";
import { type SmtpServer, startSmtp } from "../support/smtp.js";
import { block } from "./markdown.js";

const GUIDE = "apps/docs/guide/mail.md";
const ID = "019bc1a0-6c00-7a2b-8f3e-2d4c6b8a9e01";

let server: TestServer;
let operator: Operator;
let smtp: SmtpServer;
let refusal: number | undefined;
beforeEach(async () => {
  refusal = undefined;
  smtp = await startSmtp({ recipient: () => refusal });
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterEach(async () => {
  await server.close();
  await operator.leave();
  await smtp.close();
});

/** The arguments of the commands in a block, with the id of a real mail. */
const commandsOf = (part: string, id = "") =>
  block(GUIDE, "sh", part)
    .trim()
    .split("\n")
    .map((line) => line.replace("npm run latchkey -- ", "").replace(ID, id).split(" "));

it("has settings that send a test mail", async () => {
  const lines = block(GUIDE, "ini", "MAIL_URL").split("\n");
  const settings = Object.fromEntries(
    lines.flatMap((line) => (line.includes("=") ? [line.split(/=(.*)/)] : [])),
  );
  const [words = []] = commandsOf("mail test");
  const environment = { ...settings, MAIL_URL: smtp.url };
  const { stdout, exitCode } = await operator.run(words, { environment });
  expect({ stdout, exitCode }).toEqual({ stdout: "The mail server has accepted it.\n", exitCode: 0 });
  expect(smtp.received[0]?.email).toMatchObject({
    from: { name: "Example", address: "no-reply@example.com" },
    subject: "Test mail from Example",
  });
  const named = await operator.run(["config", "check"], { environment: settings });
  expect(named.exitCode).toBe(0);
});

it("has a request for a link, and commands that show the mail", async () => {
  await registerUser(server, "ada@example.com");
  const command = block(GUIDE, "sh", "recovery/request").replace("http://localhost:8000", server.url);
  const env = await environmentWithCurl();
  expect((await promisify(execFile)("sh", ["-c", command], { env })).stdout).toBe("204\n");
  expect(await templatesTo(server, "ada@example.com")).toEqual(["passwordRecovery"]);
  const [mail] = await server.app.features.mail.list({ limit: 1 });
  const [list = [], show = []] = commandsOf("mail show", mail?.id);
  expect((await operator.run(list)).stdout).toContain("passwordRecovery");
  expect((await operator.run(show)).stdout).toContain("http://localhost:3000/recovery#secret=");
});

it("has commands that list failed mails and retry them", async () => {
  refusal = 550;
  const environment = { MAIL_URL: smtp.url, MAIL_FROM: "a@example.com", APP_URL: "https://example.com" };
  const sender = await startServer({ environment, clock: frozenClock(Date.now()) });
  const { mail, mailWorker } = sender.app.features;
  await mail.send(testLetter, { to: "b@example.com", language: "en", values: { at: "noon" } });
  await mailWorker.deliver();
  const [{ id } = { id: "" }] = await mail.list({ limit: 1 });
  const here = { environment: { DATABASE_URL: sender.databasePath } };
  const [list = [], retry = []] = commandsOf("mail retry", id);
  expect((await operator.run(list, here)).stdout).toContain("550");
  expect((await operator.run(retry, here)).exitCode).toBe(0);
  await sender.close();
});
