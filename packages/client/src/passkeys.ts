import type {
  AccountConfirmed,
  FactorRemoveInput,
  PasskeyAssertion,
  PasskeyRegistration,
  PasskeyRequest,
  Rpc,
} from "./api.generated.js";
import { authenticator } from "./authenticator.js";
import { ask, suggest } from "./ceremony.js";
import type { Client } from "./client.js";
import { deviceClock } from "./clock.js";
import { isLatchkeyError } from "./errors.js";
import { quietly } from "./failure.js";
import type { ErrorCodeOf, RouterOutputs } from "./inference.js";
import { attempt, type PasskeyFailure, type Result, type SignInResult } from "./result.js";
import { type Ceremony, passkeyPage, unavailable, useAuthenticator } from "./webauthn.js";

export type { PasskeyFailure } from "./result.js";

type SignInFailure = ErrorCodeOf<"passkeys.signInOptions" | "passkeys.signIn"> | PasskeyFailure;

/** What a browser answered, and for which domain. */
interface Used {
  readonly credential: PasskeyAssertion;
  readonly rpId: string;
}

/** What users do with passkeys. One ceremony runs at a time, whatever asks for it. */
export interface Passkeys {
  /** Whether this browser has passkeys at all. */
  readonly isSupported: boolean;
  /** Signs in with a passkey, in the browser's dialog: for a button. */
  signIn(): SignInResult<SignInFailure>;
  /**
   * Signs in with a passkey that the user chooses among the suggestions of a field with
   * `autocomplete="username webauthn"`. Makes way for dialogs and continues afterwards, until it has
   * succeeded or failed or the signal ends it, which is `PASSKEY_CANCELLED`.
   */
  autofill(options?: { readonly signal?: AbortSignal | undefined }): SignInResult<SignInFailure>;
  /** Confirms with a passkey that it is the user, as `client.confirm` does. */
  confirm(): Promise<
    Result<AccountConfirmed, ErrorCodeOf<"passkeys.confirmOptions" | "account.confirm"> | PasskeyFailure>
  >;
  /** Makes a passkey and adds it to the account. */
  add(
    input: { readonly name: string },
    options?: AddOptions,
  ): Promise<
    Result<
      RouterOutputs["passkeys"]["register"],
      ErrorCodeOf<"passkeys.registrationOptions" | "passkeys.register"> | PasskeyFailure
    >
  >;
  /** Removes a passkey, and has the browser hide it where it can. */
  remove(input: FactorRemoveInput): Promise<Result<void, ErrorCodeOf<"factors.remove">>>;
  /**
   * Tells the browser, where it has the Signal API, which passkeys the account has and what its user is
   * called: for what has changed elsewhere. What changes here is told by itself.
   */
  tell(): Promise<Result<void, ErrorCodeOf<"passkeys.list">>>;
}

/** How a passkey is added. */
export interface AddOptions {
  /**
   * Without a dialog, right after a password was entered: browsers that cannot do so fail with
   * `PASSKEYS_UNAVAILABLE`.
   */
  readonly isQuiet?: boolean | undefined;
  /** The `next` of `ENROLMENT_REQUIRED`, for a user who is about to sign in. */
  readonly enrolment?: { readonly rpc: Rpc } | undefined;
}

/** A challenge is replaced when this much of its time is over, so that the user has the rest to answer it. */
const RENEW_AT = 0.8;

/**
 * Passkeys for a client. Create them once, next to it: its errors' `next.passkey()` uses them too, and a
 * changed username is told to the browser.
 *
 * @example
 * ```ts
 * const passkeys = createPasskeys(client);
 * const { data: user, error } = await passkeys.signIn();
 * ```
 */
export function createPasskeys(client: Client): Passkeys {
  const { rpc, factors, signInWithPasskey } = client;
  const browser = passkeyPage.PublicKeyCredential;

  /** Uses a passkey, with what is asked for just before. */
  const use = async (begin: () => Promise<PasskeyRequest>, how?: Ceremony): Promise<Used> => {
    const { options } = await begin();
    // Safe: the server checks what a browser answers.
    const credential = (await useAuthenticator("get", options, how)) as PasskeyAssertion;
    return { credential, rpId: options.rpId };
  };

  authenticator.ask = async (begin) => (await ask(() => use(begin))).credential;

  const signIn = async (using: Promise<Used>): SignInResult<SignInFailure> => {
    const used = await attempt<Used, SignInFailure>(using);
    // Safe: the same failure, of a call with fewer codes.
    if (used.error !== null) return used as Awaited<SignInResult<SignInFailure>>;
    const { credential, rpId } = used.data;
    const result = await signInWithPasskey({ credential });
    if (result.error?.code === "PASSKEY_UNKNOWN") await quietly(hide(rpId, credential.id));
    return result;
  };

  const autofill = async (signal: AbortSignal | undefined): Promise<Used> => {
    if (!(await browser?.isConditionalMediationAvailable?.())) throw unavailable();
    return suggest(async (controller) => {
      let off = () => {};
      const begin = async () => {
        const begun = await rpc.passkeys.signInOptions.mutate(undefined, { signal: controller.signal });
        off = deviceClock.after(begun.options.timeout * RENEW_AT, () => controller.abort());
        return begun;
      };
      try {
        return await use(begin, { mediation: "conditional", signal: controller.signal });
      } finally {
        off();
      }
    }, signal);
  };

  const confirm = async () => {
    const { credential } = await ask(() => use(() => rpc.passkeys.confirmOptions.mutate()));
    return rpc.account.confirm.mutate({ factor: { kind: "passkey", credential } });
  };

  const add = async ({ name }: { readonly name: string }, { isQuiet, enrolment = client }: AddOptions) => {
    const { passkeys } = enrolment.rpc;
    if (isQuiet && !(await browser?.getClientCapabilities?.())?.conditionalCreate) throw unavailable();
    const credential = await ask(async () => {
      const { options } = await passkeys.registrationOptions.mutate();
      return useAuthenticator("create", options, { mediation: isQuiet ? "conditional" : undefined });
    });
    try {
      // Safe: the server checks what a browser answers.
      return await passkeys.register.mutate({ name, credential: credential as PasskeyRegistration });
    } catch (error) {
      // The browser has one now that the server has refused.
      if (isLatchkeyError(error) && enrolment === client) await quietly(tell());
      throw error;
    }
  };

  /** Has the browser hide a passkey that the server does not know. */
  const hide = async (rpId: string, credentialId: string) =>
    browser?.signalUnknownCredential?.({ rpId, credentialId });

  const tell = async (): Promise<void> => {
    if (!browser?.signalAllAcceptedCredentials) return;
    const { rpId, user, passkeys } = await rpc.passkeys.list.query();
    const { id: userId, name, displayName } = user;
    const allAcceptedCredentialIds = passkeys.map(({ id }) => id);
    // It may refuse to listen, on a page of another domain for example.
    await quietly(
      Promise.all([
        browser.signalAllAcceptedCredentials({ rpId, userId, allAcceptedCredentialIds }),
        browser.signalCurrentUserDetails?.({ rpId, userId, name, displayName }),
      ]),
    );
  };

  client.onAuthStateChange(async ({ type }) => {
    if (type === "USER_UPDATED") await quietly(tell());
  });

  return {
    isSupported: browser !== undefined,
    signIn: () => signIn(ask(() => use(() => rpc.passkeys.signInOptions.mutate()))),
    autofill: ({ signal } = {}) => signIn(autofill(signal)),
    confirm: () => attempt(confirm()),
    add: (input, options = {}) => attempt(add(input, options)),
    async remove(input) {
      const result = await factors.remove(input);
      if (result.error === null) await quietly(tell());
      return result;
    },
    tell: () => attempt(tell()),
  };
}
