import type { Rpc } from "./api.generated.js";
import { attempt, type FactorVerbs } from "./result.js";

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
