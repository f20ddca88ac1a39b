/** What a browser must say of the ceremony (WebAuthn 5.8.1). */
export interface Ceremony {
  readonly type: "webauthn.create" | "webauthn.get";
  /** Base64url. */
  readonly challenge: string;
  /** The origins whose pages may begin it. */
  readonly origins: ReadonlySet<string>;
}

/** Why a browser's answer is refused: a fixed word of ours, for the audit log. */
export type ClientDataRefusal = "client data" | "type" | "challenge" | "origin" | "cross-origin";

/** `undefined` if the client data fits the ceremony. */
export function refusalOfClientData(
  json: Buffer,
  { type, challenge, origins }: Ceremony,
): ClientDataRefusal | undefined {
  const data = readClientData(json);
  if (data === undefined) return "client data";
  if (data.type !== type) return "type";
  if (data.challenge !== challenge) return "challenge";
  if (typeof data.origin !== "string" || !origins.has(data.origin)) return "origin";
  // In a frame of another site's page, which could have the user click on what they do not see.
  if ((data.crossOrigin ?? false) !== false || data.topOrigin !== undefined) return "cross-origin";
  return undefined;
}

/** The challenge that an answer claims to be for. */
export function claimedChallenge(json: Buffer): string | undefined {
  const challenge = readClientData(json)?.challenge;
  return typeof challenge === "string" ? challenge : undefined;
}

function readClientData(json: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const data: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
    return isObject ? { ...data } : undefined;
  } catch (error) {
    // Not UTF-8, or not JSON: the caller's fault.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
