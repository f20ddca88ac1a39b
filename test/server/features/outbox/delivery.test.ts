import { afterEach, describe, expect, it } from "vitest";
import { passwordChangedLetter } from "../../../../apps/server/src/features/credentials/letters.js";
import { retryDelayMs } from "../../../../apps/server/src/features/outbox/rules.js";
import { passwordRecoveryLetter } from "../../../../apps/server/src/features/recovery/letters.js";
import { registerUser } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { type SmtpBehaviour, type SmtpServer, startSmtp } from "../../../support/smtp.js";

let smtp: SmtpServer;
const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await smtp.close();
});

const start = async (behaviour?: SmtpBehaviour) => {
  smtp = await startSmtp(behaviour);
  return startBeside();
};
const startBeside = async (first?: TestServer) => {
  const environment = {
    MAIL_URL: smtp.url,
    MAIL_FROM: "Shop <no-reply@shop.example>",
    APP_NAME: "Shop",
    APP_URL: "https://shop.example",
  };
  const options = first && { databasePath: first.databasePath, clock: first.clock };
  const server = await startServer({ environment, ...options });
  servers.push(server);
  return server;
};
const write = ({ app }: TestServer, to = "san@example.com") =>
  app.features.mail.send(passwordChangedLetter, { to, language: "en", values: { at: "noon" } });
const deliver = ({ app }: TestServer) => app.features.mailWorker.deliver();
const mailsOf = ({ app }: TestServer) => app.features.mail.list({ limit: 100 });

describe("a mail", () => {
  it("is sent once, with the right sender and recipient, in text and in HTML", async () => {
    const server = await start();
    await write(server);
    await deliver(server);
    await deliver(server);
    expect(smtp.received).toHaveLength(1);
    const [{ to, email } = { to: [], email: undefined }] = smtp.received;
    const [mail] = await mailsOf(server);
    expect(to).toEqual(["san@example.com"]);
    expect(email).toMatchObject({
      from: { name: "Shop", address: "no-reply@shop.example" },
      to: [{ address: "san@example.com" }],
      subject: "Your password for Shop was changed",
      messageId: `<${mail?.id}@shop.example>`,
    });
    expect(email?.text).toContain("was changed at noon");
    expect(email?.html).toContain("was changed at noon");
    const header = (name: string) => email?.headers.find(({ key }) => key === name)?.value;
    expect(header("auto-submitted")).toBe("auto-generated");
  });

  it("is wiped when it was sent", async () => {
    const server = await start();
    await write(server);
    await deliver(server);
    const [mail] = await mailsOf(server);
    expect(mail).toMatchObject({ state: "sent", attempts: 1, lastError: null });
    expect((await server.app.features.mail.read(mail?.id ?? ""))?.rendered).toBeUndefined();
  });

  it("goes to one recipient, whatever the address contains", async () => {
    const server = await start();
    const to = '"a, b@example.com"@example.com';
    await write(server, to);
    await write(server, "a@example.com, b@example.com");
    await deliver(server);
    for (const received of smtp.received) expect(received.to).toHaveLength(1);
    expect(smtp.received.flatMap((received) => received.to)).not.toContain("b@example.com");
  });

  it.each(["用户@example.com", "ﬁ@bücher.example", "user@bücher.example"])(
    "to %s is sent to a server that takes such addresses",
    async (to) => {
      const server = await start();
      await write(server, to);
      await deliver(server);
      expect(await mailsOf(server)).toMatchObject([{ state: "sent" }]);
      expect(smtp.received).toMatchObject([{ to: [to] }]);
    },
  );

  it.each(["用户@example.com", "ﬁ@example.com", "ﬁ@bücher.example"])(
    "to %s is never sent to a server that does not offer SMTPUTF8, and says so",
    async (to) => {
      const asked: string[] = [];
      const server = await start({ asciiOnly: true, recipient: (address) => void asked.push(address) });
      await write(server, to);
      await deliver(server);
      expect(await mailsOf(server)).toMatchObject([{ state: "failed", lastError: "ESMTPUTF8" }]);
      expect([asked, smtp.received]).toEqual([[], []]);
      // A domain has an ASCII form.
      await write(server, "user@bücher.example");
      await deliver(server);
      expect(asked).toEqual(["user@bücher.example"]);
    },
  );

  it("is retried after a temporary refusal, later each time, until it is accepted", async () => {
    let refusals = 3;
    const server = await start({ recipient: () => (refusals-- > 0 ? 451 : undefined) });
    await write(server);
    const attempts: number[] = [];
    for (const waitMs of [0, retryDelayMs(1), retryDelayMs(2), retryDelayMs(3)]) {
      server.clock.advance({ ms: Math.max(waitMs - 1, 0) });
      await deliver(server);
      server.clock.advance({ ms: 1 });
      await deliver(server);
      attempts.push((await mailsOf(server))[0]?.attempts ?? 0);
    }
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(smtp.received).toHaveLength(1);
    expect(await mailsOf(server)).toMatchObject([{ state: "sent" }]);
  });

  it("is retried if the server refuses it after the last byte, under the same Message-ID", async () => {
    let refusals = 1;
    const server = await start({ data: () => (refusals-- > 0 ? 421 : undefined) });
    await write(server);
    await deliver(server);
    expect(await mailsOf(server)).toMatchObject([{ state: "waiting", lastError: "421" }]);
    server.clock.advance({ ms: retryDelayMs(1) });
    await deliver(server);
    const ids = smtp.received.map(({ email }) => email.messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(await mailsOf(server)).toMatchObject([{ state: "sent" }]);
  });

  it("is not retried if its recipient is refused permanently, unless the operator wants it", async () => {
    let code: number | undefined = 550;
    const server = await start({ recipient: () => code });
    await write(server);
    await deliver(server);
    const [mail] = await mailsOf(server);
    expect(mail).toMatchObject({ state: "failed", attempts: 1, lastError: "550" });
    server.clock.advance({ days: 1 });
    await deliver(server);
    expect(await mailsOf(server)).toMatchObject([{ attempts: 1 }]);
    code = undefined;
    expect(await server.app.features.mail.retry(mail?.id ?? "")).toBe(true);
    await deliver(server);
    expect(smtp.received).toHaveLength(1);
  });

  it("is given up, and reported, when it is of no use any more", async () => {
    const server = await start({ recipient: () => 451 });
    await write(server);
    for (let i = 0; i < 12; i++) {
      await deliver(server);
      server.clock.advance({ minutes: 5 * 60 });
    }
    const [mail] = await mailsOf(server);
    expect(mail).toMatchObject({ state: "failed", lastError: "451" });
    expect(mail?.attempts).toBeLessThan(12);
    expect(server.logLines.join("")).toMatch(
      /"template":"passwordChanged","code":"451","msg":"mail failed"|"code":"451","template":"passwordChanged","msg":"mail failed"/,
    );
  });

  it("waits while the mail server is away", async () => {
    const server = await start();
    await smtp.close();
    await write(server);
    await deliver(server);
    expect(await mailsOf(server)).toMatchObject([{ state: "waiting", attempts: 1 }]);
  });
});

it("sends each mail once from two processes that share an outbox", async () => {
  const first = await start();
  const second = await startBeside(first);
  const recipients = Array.from({ length: 40 }, (_, i) => `user${i}@example.com`);
  await Promise.all(recipients.map((to) => write(first, to)));
  await Promise.all([deliver(first), deliver(second), deliver(first), deliver(second)]);
  expect(smtp.received.flatMap(({ to }) => to).sort()).toEqual([...recipients].sort());
  const mails = await mailsOf(second);
  expect(mails.every(({ state, attempts }) => state === "sent" && attempts === 1)).toBe(true);
});

it("keeps at most twenty mails per recipient pending", async () => {
  const server = await start();
  // What it sends meanwhile would no longer be pending.
  await server.app.features.mailWorker.stop();
  for (let i = 0; i < 30; i++) await write(server);
  await write(server, "zhang@example.com");
  expect(await mailsOf(server)).toHaveLength(21);
});

it("deletes mails after the days in the settings", async () => {
  const server = await start();
  await write(server);
  await deliver(server);
  server.clock.advance({ days: 7 });
  expect(await server.app.features.mail.deleteOver()).toBe(0);
  server.clock.advance({ ms: 1 });
  expect(await server.app.features.mail.deleteOver()).toBe(1);
  expect(await mailsOf(server)).toEqual([]);
});

describe("an honest request for a mail", () => {
  it("is not held up by a flood of requests, from one network or from one /48", async () => {
    const { promise: released, resolve: release } = deferred();
    const { promise: full, resolve: isFull } = deferred();
    let held = 0;
    const crowd = new Set<string>();
    const server = await start({
      // The mail server takes its time for the flood, until it holds as many connections as it gets.
      recipient: async (address) => {
        if (!crowd.has(address)) return undefined;
        if (++held === 3) isFull();
        await released;
        return undefined;
      },
    });
    const { mail } = server.app.features;
    const honest = await registerUser(server);
    for (let i = 0; i < 8; i++) crowd.add(await registerUser(server));
    const ask = (to: string, from: string) => mail.ask(passwordRecoveryLetter, { to, language: "en", from });
    // Asked for in a minute, so that nothing is sent before everything is there.
    server.clock.advance({ minutes: 1 });
    const asked = [...crowd].map((to) => ask(to, "2001:db8:7::/48"));
    for (let i = 0; i < 100; i++) asked.push(ask(`nobody${i}@example.com`, "192.0.2.1"));
    asked.push(ask(honest, "198.51.100.7"), write(server, "notice@example.com"));
    server.clock.advance({ minutes: -1 });
    await Promise.all(asked);
    server.clock.advance({ minutes: 1 });
    const delivered = deliver(server);
    await full;
    const sent = (await mail.list({ state: "sent", limit: 100 })).map(({ to }) => to);
    release();
    await delivered;
    expect(sent.sort()).toEqual([honest, "notice@example.com"].sort());
    expect(smtp.received).toHaveLength(10);
  });
});

describe("a mail server that does not answer about one mail", () => {
  const stalling = async () => {
    let released = deferred();
    const held: string[] = [];
    const [stalls, sent] = [waiters(), waiters()];
    const server = await start({
      recipient: async (address) => {
        if (!address.startsWith("stall")) return undefined;
        held.push(address);
        stalls.notify();
        await released.promise;
        return undefined;
      },
      data: () => {
        sent.notify();
        return undefined;
      },
    });
    const notice = (to: string) => write(server, to);
    const release = () => released.resolve();
    /** Only those that are held now. */
    const releaseHeld = () => {
      release();
      released = deferred();
    };
    return { server, held, stalls, sent, notice, release, releaseHeld };
  };
  const addressesOf = () => smtp.received.flatMap(({ to }) => to);

  it("does not hold up a mail that is written later", async () => {
    const { server, stalls, sent, notice, release } = await stalling();
    await notice("stall@slow.example");
    const stalled = deliver(server);
    await stalls.until(1);
    await notice("san@example.com");
    const later = deliver(server);
    await sent.until(1);
    expect(addressesOf()).toEqual(["san@example.com"]);
    release();
    await Promise.all([stalled, later]);
    expect(addressesOf()).toEqual(["san@example.com", "stall@slow.example"]);
  });

  it("gets one lane for a domain while others wait, and never the last one", async () => {
    const { server, held, stalls, sent, notice, release } = await stalling();
    for (let i = 0; i < 10; i++) await notice(`stall${i}@slow.example`);
    for (let i = 0; i < 10; i++) await notice(`user${i}@site${i}.example`);
    const all = [deliver(server)];
    await sent.until(10);
    await stalls.until(3);
    await notice("san@example.com");
    all.push(deliver(server));
    await sent.until(11);
    expect(held).toHaveLength(3);
    expect(addressesOf().filter((to) => to.startsWith("stall"))).toEqual([]);
    release();
    await Promise.all(all);
    expect(smtp.received).toHaveLength(21);
  });

  it("gets no last lane for domains that have just stalled, however many those are", async () => {
    const { server, held, stalls, sent, notice, release, releaseHeld } = await stalling();
    const notices = async () => {
      for (let i = 0; i < 4; i++) await notice(`stall@slow${i}.example`);
    };
    await notices();
    const first = deliver(server);
    await stalls.until(4);
    server.clock.advance({ ms: 20_000 });
    releaseHeld();
    await first;
    await notices();
    const all = [deliver(server)];
    await stalls.until(7);
    await notice("san@example.com");
    all.push(deliver(server));
    await sent.until(5);
    expect(held).toHaveLength(7);
    expect(addressesOf().at(-1)).toBe("san@example.com");
    release();
    await Promise.all(all);
    expect(smtp.received).toHaveLength(9);
  });
});

/** Resolves as soon as something has happened so often. */
function waiters() {
  let count = 0;
  const waiting: Array<readonly [number, () => void]> = [];
  return {
    notify() {
      count++;
      for (const [most, resolve] of waiting) if (count >= most) resolve();
    },
    until(most: number) {
      const { promise, resolve } = deferred();
      if (count >= most) resolve();
      else waiting.push([most, resolve]);
      return promise;
    },
  };
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
