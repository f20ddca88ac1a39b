import { page } from "./page.js";
import { ClientError } from "./result.js";

/*
 * WebAuthn's objects as JSON. Browsers have methods for it, but not all that have passkeys, and the objects
 * of some password managers lack them.
 */

interface Descriptor {
  readonly type: "public-key";
  readonly id: string;
  readonly transports?: readonly string[];
}

/** The options of either ceremony, as the server writes them. */
export interface OptionsJson {
  readonly challenge: string;
  readonly user?: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly allowCredentials?: readonly Descriptor[];
  readonly excludeCredentials?: readonly Descriptor[];
}

/** An attestation's or an assertion's response: each has only its own part of this. */
interface AnyResponse {
  readonly clientDataJSON: ArrayBuffer;
  readonly authenticatorData?: ArrayBuffer;
  readonly signature?: ArrayBuffer;
  readonly userHandle?: ArrayBuffer | null;
  getAuthenticatorData?(): ArrayBuffer;
  getPublicKey?(): ArrayBuffer | null;
  getPublicKeyAlgorithm?(): number;
  getTransports?(): string[];
}

interface Credential {
  readonly id: string;
  readonly type: string;
  readonly response: AnyResponse;
}

/** How a ceremony runs. */
export interface Ceremony {
  readonly mediation?: "conditional" | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Run extends Ceremony {
  readonly publicKey: unknown;
}

/** What browsers have of passkeys. */
export interface PasskeyPage {
  readonly PublicKeyCredential?: {
    isConditionalMediationAvailable?(): Promise<boolean>;
    getClientCapabilities?(): Promise<Readonly<Record<string, boolean>>>;
    signalUnknownCredential?(options: object): Promise<void>;
    signalAllAcceptedCredentials?(options: object): Promise<void>;
    signalCurrentUserDetails?(options: object): Promise<void>;
  };
  readonly navigator?: {
    readonly credentials?: {
      create(options: Run): Promise<Credential>;
      get(options: Run): Promise<Credential>;
    };
  };
}

// Safe: any part of it may be missing.
export const passkeyPage = page as PasskeyPage;

/** Uses a passkey (`get`) or makes one (`create`), and returns it as the server reads it. */
export async function useAuthenticator(
  kind: "get" | "create",
  options: OptionsJson,
  { mediation, signal }: Ceremony = {},
) {
  const { PublicKeyCredential, navigator } = passkeyPage;
  if (!PublicKeyCredential || !navigator?.credentials) throw unavailable();
  try {
    const credential = await navigator.credentials[kind]({ publicKey: fromJson(options), mediation, signal });
    return toJson(credential);
  } catch (error) {
    throw failureOf(error);
  }
}

function fromJson({ challenge, user, allowCredentials, excludeCredentials, ...rest }: OptionsJson) {
  const list = (descriptors: readonly Descriptor[] = []) =>
    descriptors.map((each) => ({ ...each, id: bytesOf(each.id) }));
  return {
    ...rest,
    challenge: bytesOf(challenge),
    ...(user && { user: { ...user, id: bytesOf(user.id) } }),
    allowCredentials: list(allowCredentials),
    excludeCredentials: list(excludeCredentials),
  };
}

function toJson({ id, type, response }: Credential) {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    id,
    rawId: id,
    type,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData ?? response.getAuthenticatorData?.()),
      signature: textOf(signature),
      userHandle: textOf(userHandle),
      publicKey: textOf(response.getPublicKey?.()),
      publicKeyAlgorithm: response.getPublicKeyAlgorithm?.(),
      transports: response.getTransports?.(),
    },
  };
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
}

function textOf(bytes: ArrayBuffer | null | undefined): string | undefined {
  if (!bytes) return undefined;
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function cancelled(cause?: unknown): ClientError {
  return new ClientError("PASSKEY_CANCELLED", "No passkey was used.", { cause });
}

export function unavailable(cause?: unknown): ClientError {
  return new ClientError("PASSKEYS_UNAVAILABLE", "Passkeys cannot be used here.", { cause });
}

function failureOf(error: unknown): unknown {
  switch ((error as Partial<Error> | null)?.name) {
    case "NotAllowedError":
    case "AbortError":
      return cancelled(error);
    case "InvalidStateError":
      return new ClientError("PASSKEY_TAKEN", "There is a passkey for this account here already.", {
        cause: error,
      });
    // Options that no browser would take.
    case "TypeError":
      return error;
    // The site or the browser does not allow any: the cause tells a developer which.
    default:
      return unavailable(error);
  }
}
