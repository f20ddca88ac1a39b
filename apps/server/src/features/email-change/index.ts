import type { Host } from "../../host.js";
import type { Events } from "../events/service.js";
import type { AnyLetterKind, Mail } from "../mail/service.js";
import { addressChangedLetter, confirmNewAddressLetter, notifyOfAddressChange } from "./letters.js";
import { createEmailChange, type EmailChange, type EmailChangeDeps } from "./service.js";

export interface EmailChangeFeature {
  readonly emailChange: EmailChange;
  readonly letters: readonly AnyLetterKind[];
}

interface Deps extends EmailChangeDeps {
  readonly events: Events;
  readonly mail: Mail;
}

export function openEmailChange({ clock }: Pick<Host, "clock">, deps: Deps): EmailChangeFeature {
  const { events, mail } = deps;
  notifyOfAddressChange(events, mail, clock);
  return {
    emailChange: createEmailChange(deps),
    letters: [confirmNewAddressLetter, addressChangedLetter],
  };
}
