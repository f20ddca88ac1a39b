import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { passwordChangedLetter } from "../../../../apps/server/src/features/credentials/letters.js";
import { inEmptyFolder } from "../../../start/launch.js";
import { frozenClock, startServer } from "../../../support/server.js";
import { type SmtpServer, startSmtp } from "../../../support/smtp.js";

let smtp: SmtpServer;
afterEach(() => smtp.close());

it("sends a mail again, recognisably, if the process dies between sending and recording it", async () => {
  await inEmptyFolder(async (folder, launch) => {
    const databasePath = `${folder}/latchkey.db`;
    let kill = () => {};
    let answerLater: Promise<unknown> = Promise.resolve();
    smtp = await startSmtp({
      // The server has the mail and has not answered yet.
      async data() {
        kill();
        await answerLater;
        return undefined;
      },
    });
    const environment = {
      MAIL_URL: smtp.url,
      MAIL_FROM: "no-reply@shop.example",
      APP_URL: "https://shop.example",
      DATABASE_URL: databasePath,
    };
    const child = launch(environment);
    await child.url;
    kill = () => {
      child.process.kill("SIGKILL");
      answerLater = once(child.process, "close");
    };

    // Without a mail server it only writes mails. Its worker must not touch this one.
    const clock = frozenClock(Date.now());
    const writer = await startServer({ databasePath, clock });
    await writer.app.features.mailWorker.stop();
    const { mail } = writer.app.features;
    await mail.send(passwordChangedLetter, {
      to: "san@example.com",
      language: "en",
      values: { at: "noon" },
    });
    await child.exit;
    expect(smtp.received).toHaveLength(1);
    expect(await mail.list({ limit: 9 })).toMatchObject([{ state: "waiting", attempts: 1 }]);
    await writer.close();

    kill = () => {};
    answerLater = Promise.resolve();
    const next = await startServer({ databasePath, clock, environment });
    await next.app.features.mailWorker.deliver();
    // A dead process cannot be told from a slow one: the lease decides.
    expect(smtp.received).toHaveLength(1);
    clock.advance({ minutes: 3 });
    await next.app.features.mailWorker.deliver();
    expect(smtp.received).toHaveLength(2);
    const ids = smtp.received.map(({ email }) => email.messageId);
    expect(ids[1]).toBe(ids[0]);
    expect(await next.app.features.mail.list({ limit: 9 })).toMatchObject([{ state: "sent", attempts: 2 }]);
    await next.close();
  });
});
