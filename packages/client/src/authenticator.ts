import type { PasskeyAssertion, PasskeyRequest } from "./api.generated.js";
import { ClientError } from "./result.js";

/** Asks the user for a passkey; `begin` returns what it is asked with. */
type Authenticator = (begin: () => Promise<PasskeyRequest>) => Promise<PasskeyAssertion>;

/** The page's own. It comes with the passkeys' entry, so that pages without passkeys do not load it. */
export const authenticator: { ask: Authenticator } = {
  async ask() {
    throw new ClientError("PASSKEYS_UNAVAILABLE", "Call createPasskeys first.");
  },
};
