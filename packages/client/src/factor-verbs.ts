import type {
  FactorRemoveInput,
  FactorRenameInput,
  Factors,
  RecoveryCodesRenewed,
  Rpc,
  TotpBeginInput,
  TotpBegun,
  TotpConfirmed,
  TotpConfirmInput,
} from "./api.generated.js";
import type { ErrorCodeOf } from "./inference.js";
import { attempt, type Result } from "./result.js";

/** What users do with their second factors. Passkeys are added with `@latchkey/client/passkeys`. */
export interface FactorVerbs {
  /** The factors, and how many recovery codes are left. */
  list(): Promise<Result<Factors, ErrorCodeOf<"factors.list">>>;
  rename(input: FactorRenameInput): Promise<Result<void, ErrorCodeOf<"factors.rename">>>;
  /** With the last one, the recovery codes go too. */
  remove(input: FactorRemoveInput): Promise<Result<void, ErrorCodeOf<"factors.remove">>>;
  /** Authenticator apps. */
  readonly totp: {
    /**
     * Begins to add one: returns its secret, and a QR code of it as SVG. It does not count until it is
     * confirmed.
     */
    begin(input: TotpBeginInput): Promise<Result<TotpBegun, ErrorCodeOf<"totp.begin">>>;
    /**
     * Adds it with a code that it shows. Returns the recovery codes, if these are the first, to be shown
     * once.
     */
    confirm(input: TotpConfirmInput): Promise<Result<TotpConfirmed, ErrorCodeOf<"totp.confirm">>>;
  };
  readonly recoveryCodes: {
    /** Returns ten new ones, to be shown once. Earlier ones no longer work. */
    renew(): Promise<Result<RecoveryCodesRenewed, ErrorCodeOf<"recoveryCodes.renew">>>;
  };
}

export function createFactorVerbs({ factors, totp, recoveryCodes }: Rpc): FactorVerbs {
  return {
    list: () => attempt(factors.list.query()),
    rename: (input) => attempt(factors.rename.mutate(input)),
    remove: (input) => attempt(factors.remove.mutate(input)),
    totp: {
      begin: (input) => attempt(totp.begin.mutate(input)),
      confirm: (input) => attempt(totp.confirm.mutate(input)),
    },
    recoveryCodes: { renew: () => attempt(recoveryCodes.renew.mutate()) },
  };
}
