import type { Host } from "../../host.js";
import type { Mount } from "../../mount.js";
import { type ValuesOf, wholeMs } from "../../settings/setting.js";
import type { Limits } from "../limits/service.js";
import type { Outbox } from "../outbox/service.js";
import { devMailMount } from "./dev-mail.js";
import { devMailPage } from "./dev-page.js";
import type { AnyLetterKind } from "./letter.js";
import { testLetter } from "./letters.js";
import { createLinkTo, type LinkTo } from "./links.js";
import { createMailQuota, type MailQuota } from "./quota.js";
import { createRenderer, type Render } from "./render.js";
import { createMail, type Mail } from "./service.js";
import { mailSettings } from "./settings.js";

export { mailSettings };

type MailSettings = ValuesOf<typeof mailSettings>;

interface Services {
  readonly outbox: Outbox;
  readonly limits: Pick<Limits, "within">;
}

export interface MailFeature {
  readonly mail: Mail;
  readonly quota: MailQuota;
  readonly linkTo: LinkTo;
  readonly render: Render;
  /**
   * Called at start with the kinds of letters of every feature, so that mails in the outbox can be rendered.
   */
  addLetters(kinds: readonly AnyLetterKind[]): void;
  readonly letters: readonly AnyLetterKind[];
  /** The page of the latest mails, if it is enabled. */
  readonly mounts: readonly Mount[];
}

export function openMail(
  { clock }: Pick<Host, "clock">,
  { server, appName, appUrl, dev, notices, ...settings }: MailSettings,
  { outbox, limits }: Services,
): MailFeature {
  const { add: addLetters, render } = createRenderer(appName);
  const hasNotices = notices === "on" || (notices === "auto" && server !== "log");
  const mail = createMail({ outbox, render, clock, appName, hasNotices });
  const { perAddress, perNetwork, windowMinutes } = settings;
  return {
    mail,
    quota: createMailQuota(limits, { perAddress, perNetwork, windowMs: wholeMs(windowMinutes) }),
    linkTo: createLinkTo(appUrl),
    render,
    addLetters,
    letters: [testLetter],
    mounts: dev === "on" ? [devMailMount(() => devMailPage(mail))] : [],
  };
}

/** Finds settings that are valid individually but do not work together, or not in production. */
export function judgeMailSettings(
  { server, from, appUrl, dev }: MailSettings,
  { isProduction }: { readonly isProduction: boolean },
): string[] {
  return [
    ...(dev === "on" && isProduction
      ? ["DEV_MAIL must be off if NODE_ENV is production: its page shows every mailed secret."]
      : []),
    ...(server === "log" ? [] : judgeServerSettings({ from, appUrl, dev })),
  ];
}

function judgeServerSettings({ from, appUrl, dev }: Pick<MailSettings, "from" | "appUrl" | "dev">): string[] {
  return [
    ...(from === undefined ? ["MAIL_FROM must be set if MAIL_URL names a mail server."] : []),
    ...(appUrl === undefined ? ["APP_URL must be set if MAIL_URL names a mail server."] : []),
    ...(dev === "on" ? ["DEV_MAIL must be off if MAIL_URL names a mail server."] : []),
  ];
}
