import type { Database } from "../../../database/database.js";
import type { Host } from "../../../host.js";
import type { ValuesOf } from "../../../settings/setting.js";
import type { Accounts } from "../../accounts/service.js";
import type { AnyLetterKind, Decider, LinkTo, Mail } from "../../mail/service.js";
import { signInCodeDecider } from "./decider.js";
import { factorCodeLetter, signInCodeLetter } from "./letters.js";
import {
  createEmailFactor,
  createEmailSignIn,
  type EmailFactor,
  type EmailFactorDeps,
  type EmailSignIn,
  type EmailSignInDeps,
} from "./service.js";
import { emailCodeSettings } from "./settings.js";
import type { CodeStore } from "./store.js";
import { postgresCodeStore } from "./store.postgres.js";
import { sqliteCodeStore } from "./store.sqlite.js";

export { emailCodeSettings };

export interface EmailCodesFeature {
  readonly emailSignIn: EmailSignIn;
  readonly emailFactor: EmailFactor;
  readonly letters: readonly AnyLetterKind[];
  readonly deciders: readonly Decider[];
  deleteOver(): Promise<number>;
}

type Parts = Omit<EmailSignInDeps & EmailFactorDeps, "isOn" | "store" | "clock">;

interface Services extends Parts {
  readonly accounts: Accounts;
  readonly mail: Mail;
  readonly linkTo: LinkTo;
}

const ROWS_PER_CLEANING = 1000;

export function openCodeStore(database: Database): CodeStore {
  return database.storeOf({ sqlite: sqliteCodeStore, postgres: postgresCodeStore });
}

export function openEmailCodes(
  { database, clock }: Pick<Host, "database" | "clock">,
  { use }: ValuesOf<typeof emailCodeSettings>,
  { linkTo, ...services }: Services,
): EmailCodesFeature {
  const store = openCodeStore(database);
  const isFor = (purpose: "sign-in" | "second-factor") => use === purpose || use === "both";
  return {
    emailSignIn: createEmailSignIn({ ...services, isOn: isFor("sign-in"), store, clock }),
    emailFactor: createEmailFactor({ ...services, isOn: isFor("second-factor"), store, clock }),
    letters: [signInCodeLetter, factorCodeLetter],
    deciders: [signInCodeDecider({ ...services, store, linkTo, clock })],
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}
