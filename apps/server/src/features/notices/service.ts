import type { Language } from "@latchkey/contracts/kit/language";
import { onCommit } from "../../database/change.js";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { addressChanged } from "../accounts/service.js";
import { passwordChanged } from "../credentials/service.js";
import type { Events } from "../events/service.js";
import type { Letter, Mail } from "../mail/service.js";
import { sessionStarted, sessionStolen } from "../sessions/service.js";
import { describeDevice } from "./device.js";

/** An account, as far as it is written to. */
export interface Recipient {
  readonly email: string;
  /** `null` where none was chosen. */
  readonly language: Language | null;
}

/** Tells users of what happened to their account, so that they notice what they have not done themselves. */
export interface Notices {
  /** The password was changed. Nobody waits for it. */
  passwordChanged(account: Recipient, language: Language): void;
  /** The address was changed: tells the old one, whatever the settings say. Resolves when it stands in the outbox. */
  addressChanged(
    moved: { readonly before: Recipient; readonly after: Recipient },
    language: Language,
  ): Promise<void>;
  /** Somebody signed in from a device and a network that are new. Nobody waits for it. */
  newDevice(account: Recipient, visitor: Visitor): void;
  /** A session was ended because its token was used twice. Nobody waits for it. */
  theftNoticed(account: Recipient, session: { readonly userAgent: string | null }): void;
}

/** Who has signed in, as a request tells. */
export interface Visitor {
  address(): string;
  userAgent(): string | undefined;
  language(): Language;
}

export interface NoticeDeps {
  readonly mail: Pick<Mail, "send">;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether notices are sent at all. */
  readonly enabled: boolean;
}

export function createNotices({
  mail,
  clock,
  log,
  enabled,
}: NoticeDeps): Notices & { listen(events: Events): void } {
  const post = (letter: Letter) => {
    if (!enabled) return;
    // What it tells of is done: its answer is neither delayed nor spoilt.
    mail.send(letter).catch((error: unknown) => {
      log("error", "notice not written", { template: letter.template, error });
    });
  };
  const head = ({ email: to, language: chosen }: Recipient, language: Language) => ({
    to,
    language: chosen ?? language,
  });
  const now = () => minuteOf(clock.nowMs());

  const notices: Notices = {
    passwordChanged: (account, language) =>
      post({ ...head(account, language), template: "passwordChanged", values: { at: now() } }),

    addressChanged: ({ before, after }, language) =>
      mail.send({
        ...head(before, language),
        template: "addressChanged",
        values: { newAddress: masked(after.email), at: now() },
      }),

    newDevice: (account, visitor) =>
      post({
        ...head(account, visitor.language()),
        template: "newDevice",
        values: { at: now(), device: describeDevice(visitor.userAgent()), address: visitor.address() },
      }),

    theftNoticed: (account, { userAgent }) =>
      post({
        // A thief's language is nobody's.
        ...head(account, "en"),
        template: "theftNoticed",
        values: { at: now(), device: describeDevice(userAgent ?? undefined) },
      }),
  };
  return {
    ...notices,
    listen(events) {
      events.on(passwordChanged, ({ account }, cause) =>
        onCommit(() => notices.passwordChanged(account, cause.language)),
      );
      events.on(addressChanged, (moved, cause) =>
        onCommit(() => void notices.addressChanged(moved, cause.language)),
      );
      events.on(sessionStarted, ({ account, isNewPlace }, { address = "", userAgent, language }) =>
        isNewPlace
          ? onCommit(() =>
              notices.newDevice(account, {
                address: () => address,
                userAgent: () => userAgent,
                language: () => language,
              }),
            )
          : undefined,
      );
      events.on(sessionStolen, ({ account, session }) =>
        onCommit(() => notices.theftNoticed(account, session)),
      );
    },
  };
}

/** `2026-01-15 12:00 UTC` */
function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `n…@example.com`: whoever reads the old mailbox need not learn the new address, only know their own again. */
function masked(email: string): string {
  const at = email.lastIndexOf("@");
  return `${[...email.slice(0, at)][0] ?? ""}…${email.slice(at)}`;
}
