import type { Host } from "../../host.js";
import type { Mount } from "../../mount.js";
import type { ValuesOf } from "../../settings/setting.js";
import type { Limits } from "../limits/service.js";
import { createCountOutcome } from "../outbox/count.js";
import type { Deciders } from "../outbox/delivery.js";
import { sqliteMailStore } from "../outbox/store.sqlite.js";
import { smtpTransport } from "../outbox/transport.js";
import { createMailWorker, type MailWorker } from "../outbox/worker.js";
import { devMailMount } from "./dev-mail.js";
import { devMailPage } from "./dev-page.js";
import { createLinkTo, type LinkTo } from "./links.js";
import { createMailQuota, type MailQuota } from "./quota.js";
import { createMail, type Mail } from "./service.js";
import { mailSettings } from "./settings.js";

export { mailSettings };

type MailSettings = ValuesOf<typeof mailSettings>;

const DAY_MS = 24 * 60 * 60_000;

export interface MailFeature {
  readonly mail: Mail;
  readonly quota: MailQuota;
  readonly linkTo: LinkTo;
  /** Whether users are told of what happens to their accounts. */
  readonly hasNotices: boolean;
  /** The page of the last mails, where it is asked for. */
  readonly mounts: readonly Mount[];
  /** What sends. It begins when it is started: a command opens features too. */
  openWorker(decide: Deciders): MailWorker;
  close(): void;
}

export function openMail(
  { database, clock, log, metrics }: Host,
  { server, from = "latchkey@localhost", appName, appUrl, dev, notices, ...settings }: MailSettings,
  limits: Pick<Limits, "within">,
): MailFeature {
  const store = database.storeOf({ sqlite: sqliteMailStore });
  const transport = server === "log" ? undefined : smtpTransport(server, from);
  const deps = { store, transport, clock, log, appName };
  const mail = createMail({ ...deps, retentionMs: settings.retentionDays * DAY_MS });
  const { perAddress, perNetwork, windowMinutes } = settings;
  return {
    mail,
    quota: createMailQuota(limits, { perAddress, perNetwork, windowMs: windowMinutes * 60_000 }),
    linkTo: createLinkTo(appUrl),
    hasNotices: notices === "on" || (notices === "auto" && transport !== undefined),
    mounts: dev === "on" ? [devMailMount(() => devMailPage(mail))] : [],
    openWorker: (decide) => createMailWorker({ ...deps, decide, countOutcome: createCountOutcome(metrics) }),
    close: () => transport?.close(),
  };
}

/** Faults of settings that each fit by themselves. */
export function judgeMailSettings({ server, from, appUrl, dev }: MailSettings): string[] {
  if (server === "log") return [];
  return [
    ...(from === undefined ? ["MAIL_FROM must be set if MAIL_URL names a mail server."] : []),
    ...(appUrl === undefined ? ["APP_URL must be set if MAIL_URL names a mail server."] : []),
    ...(dev === "on" ? ["DEV_MAIL must be off if MAIL_URL names a mail server."] : []),
  ];
}
