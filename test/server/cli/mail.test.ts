import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { passwordChangedLetter } from "../../../apps/server/src/features/credentials/letters.js";
import { passwordRecoveryLetter } from "../../../apps/server/src/features/recovery/letters.js";
import { frozenClock, startServer, type TestServer } from "../../support/server.js";
import { type SmtpServer, startSmtp } from "../../support/smtp.js";
import { newOperator, type Operator } from "./command.js";

const LINK = "http://localhost:3000/recovery#secret=abc";

let server: TestServer;
let operator: Operator;
beforeEach(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterEach(async () => {
  await server.close();
  await operator.leave();
});

const write = async (to: string) => {
  const { mail, mailWorker } = server.app.features;
  const values = { link: LINK, minutes: "30" };
  await mail.send(passwordRecoveryLetter, { to, language: "en", values }, 60_000);
  await mailWorker.deliver();
};

describe("mail list", () => {
  it("lists mails page by page, newest first, without their text", async () => {
    for (const name of ["a", "b", "c"]) {
      await write(`${name}@example.com`);
      server.clock.advance({ ms: 1 });
    }
    const { mails, next } = await operator.json(["mail", "list", "--limit", "2"]);
    expect(mails.map((mail: { to: string }) => mail.to)).toEqual(["c@example.com", "b@example.com"]);
    expect(mails[0]).toMatchObject({ template: "passwordRecovery", state: "kept", attempts: 1, dueAt: null });
    const rest = await operator.json(["mail", "list", "--before", next]);
    expect(rest).toMatchObject({ mails: [{ to: "a@example.com" }], next: null });
    expect((await operator.json(["mail", "list", "--state", "failed"])).mails).toEqual([]);
    const { stdout } = await operator.run(["mail", "list"]);
    expect(stdout).toMatch(/^ID +STATE +TEMPLATE +ATTEMPTS +ERROR +CREATED +TO$/m);
    expect(stdout).not.toContain("secret");
  });
});

describe("mail show", () => {
  it("shows a mail with its text, and no text after it was wiped", async () => {
    await write("san@example.com");
    const [{ id }] = (await operator.json(["mail", "list"])).mails;
    const { mail } = await operator.json(["mail", "show", id]);
    expect(mail).toMatchObject({ to: "san@example.com", subject: "Set a new password for Latchkey" });
    expect(mail.text).toContain(LINK);
    expect((await operator.run(["mail", "show", id])).stdout).toContain(`\n${LINK}\n`);

    server.clock.advance({ minutes: 1 });
    await server.app.features.mail.deleteOver();
    expect((await operator.json(["mail", "show", id])).mail).toMatchObject({ subject: null, text: null });
    expect((await operator.run(["mail", "show", id])).stdout).toContain("The mail has no text (any more).");
  });

  it("says that a mail does not exist", async () => {
    const finished = await operator.run(["mail", "show", "nothing"]);
    expect(finished).toEqual({ exitCode: 1, stdout: "", stderr: "latchkey: This mail does not exist.\n" });
  });
});

describe("with a mail server", () => {
  let smtp: SmtpServer;
  let code: number | undefined;
  beforeEach(async () => {
    code = undefined;
    smtp = await startSmtp({ recipient: () => code });
  });
  afterEach(() => smtp.close());
  const environment = () => ({
    MAIL_URL: smtp.url,
    MAIL_FROM: "no-reply@shop.example",
    APP_URL: "https://shop.example",
  });

  it("mail test sends a mail in the requested language", async () => {
    const words = ["mail", "test", "san@example.com", "--language", "zh-CN"];
    const { exitCode, stdout } = await operator.run(words, { environment: environment() });
    expect(stdout).toBe("The mail server has accepted it.\n");
    expect(exitCode).toBe(0);
    expect(smtp.received.map(({ email }) => email.subject)).toEqual(["Latchkey 的测试邮件"]);
  });

  it("mail test says why the mail was refused", async () => {
    code = 550;
    const refused = await operator.run(["mail", "test", "san@example.com"], { environment: environment() });
    expect(refused).toMatchObject({ exitCode: 1, stderr: "latchkey: The mail server refused it (550).\n" });
    await smtp.close();
    const away = await operator.run(["mail", "test", "san@example.com"], { environment: environment() });
    expect(away.stderr).toMatch(/^latchkey: The mail server could not be reached.*\.\n$/);
  });

  it("mail retry retries a failed mail, and nothing else", async () => {
    code = 550;
    const sender = await startServer({
      environment: environment(),
      databasePath: server.databasePath,
      clock: server.clock,
    });
    const { mail, mailWorker } = sender.app.features;
    await server.app.features.mailWorker.stop();
    await mail.send(passwordChangedLetter, {
      to: "a@example.com",
      language: "en",
      values: { at: "noon" },
    });
    await mailWorker.deliver();
    const [{ id }] = (await operator.json(["mail", "list", "--state", "failed"])).mails;
    expect(await operator.json(["mail", "retry", id])).toEqual({ id, retried: true });
    const again = await operator.run(["mail", "retry", id]);
    expect(again.stderr).toBe("latchkey: The mail has not failed, or its text has been wiped.\n");
    code = undefined;
    // The command uses the real time.
    server.clock.advance({ minutes: 10 });
    await mailWorker.deliver();
    expect(smtp.received.map(({ to }) => to)).toEqual([["a@example.com"]]);
    await sender.close();
  });
});

it("mail test says that there is no mail server if MAIL_URL is log:", async () => {
  const { exitCode, stderr } = await operator.run(["mail", "test", "san@example.com"]);
  expect(stderr).toBe("latchkey: MAIL_URL is log: there is no mail server to send the mail to.\n");
  expect(exitCode).toBe(1);
});

it("does not deliver mails that a running server should deliver", async () => {
  await server.app.features.mailWorker.stop();
  const { mail } = server.app.features;
  await mail.send(passwordChangedLetter, {
    to: "a@example.com",
    language: "en",
    values: { at: "noon" },
  });
  expect((await operator.json(["mail", "list"])).mails).toMatchObject([{ state: "waiting", attempts: 0 }]);
});
