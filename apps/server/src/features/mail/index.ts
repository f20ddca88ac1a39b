import type { Host } from "../../host.js";
import type { ValuesOf } from "../../setting.js";
import { createCountOutcome } from "./count.js";
import type { Deciders } from "./delivery.js";
import { devMailPage } from "./dev-page.js";
import { createLinkTo, type LinkTo } from "./links.js";
import { createMail, type Mail } from "./service.js";
import { mailSettings } from "./settings.js";
import { sqliteMailStore } from "./store.sqlite.js";
import { smtpTransport } from "./transport.js";
import { createMailWorker, type MailWorker } from "./worker.js";

export { mailSettings };

type MailSettings = ValuesOf<typeof mailSettings>;

const DAY_MS = 24 * 60 * 60_000;

export interface MailFeature {
  readonly mail: Mail;
  readonly worker: MailWorker;
  /** Absent where nobody asked for it. */
  readonly devMailPage: (() => Promise<string>) | undefined;
  close(): Promise<void>;
}

/** Makes the links that mails hold. */
export const openLinks = ({ appUrl }: MailSettings): LinkTo => createLinkTo(appUrl);

/** Nothing is sent before the worker is started: a command opens features too. */
export function openMail(
  { sqlite, clock, log, metrics }: Host,
  { server, from = "latchkey@localhost", appName, dev, retentionDays }: MailSettings,
  decide: Deciders,
): MailFeature {
  const store = sqliteMailStore(sqlite);
  const transport = server === "log" ? undefined : smtpTransport(server, from);
  const deps = { store, transport, clock, log, appName };
  const worker = createMailWorker({ ...deps, decide, countOutcome: createCountOutcome(metrics) });
  const mail = createMail({ ...deps, retentionMs: retentionDays * DAY_MS });
  return {
    mail,
    worker,
    devMailPage: dev === "on" ? () => devMailPage(mail) : undefined,
    async close() {
      await worker.stop();
      transport?.close();
    },
  };
}

/** Faults of settings that each fit by themselves. */
export function judgeMailSettings({ server, from, appUrl, dev }: MailSettings): string[] {
  if (server === "log") return [];
  return [
    ...(from === undefined ? ["MAIL_FROM must be set where MAIL_URL names a mail server."] : []),
    ...(appUrl === undefined ? ["APP_URL must be set where MAIL_URL names a mail server."] : []),
    ...(dev === "on" ? ["DEV_MAIL must be off where MAIL_URL names a mail server."] : []),
  ];
}
