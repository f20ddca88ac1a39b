import type { Host } from "../../host.js";
import type { ValuesOf } from "../../settings/setting.js";
import type { Limits } from "../limits/service.js";
import type { Outbox } from "../outbox/service.js";
import { devMailPage } from "./dev-page.js";
import type { AnyLetterKind } from "./letter.js";
import { testLetter } from "./letters.js";
import { createLinkTo, type LinkTo } from "./links.js";
import { createMailQuota, type MailQuota } from "./quota.js";
import { createRender, type Render } from "./render.js";
import { createMail, type Mail } from "./service.js";
import { mailSettings } from "./settings.js";

export { mailSettings };

type MailSettings = ValuesOf<typeof mailSettings>;

interface Services {
  readonly outbox: Outbox;
  readonly limits: Pick<Limits, "within">;
  /** Every kind of letter of every feature: asked for when a mail is rendered, which is after the start. */
  letters(): readonly AnyLetterKind[];
}

export interface MailFeature {
  readonly mail: Mail;
  readonly render: Render;
  readonly quota: MailQuota;
  readonly linkTo: LinkTo;
  /** Absent unless the settings ask for it. */
  readonly devMailPage: (() => Promise<string>) | undefined;
  readonly letters: readonly AnyLetterKind[];
}

export function openMail(
  { clock }: Pick<Host, "clock">,
  { server, appName, appUrl, dev, notices, ...settings }: MailSettings,
  { outbox, limits, letters }: Services,
): MailFeature {
  const render = createRender(letters, appName);
  const hasNotices = notices === "on" || (notices === "auto" && server !== "log");
  const mail = createMail({ outbox, render, clock, appName, hasNotices });
  const { perAddress, perNetwork, windowMinutes } = settings;
  return {
    mail,
    render,
    quota: createMailQuota(limits, { perAddress, perNetwork, windowMs: windowMinutes * 60_000 }),
    linkTo: createLinkTo(appUrl),
    devMailPage: dev === "on" ? () => devMailPage(mail) : undefined,
    letters: [testLetter],
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
