import { toBase32 } from "../../features/factors/totp/service.js";
import { isObject } from "./json-values.js";

/** PHC names of Keycloak's algorithms. */
const PBKDF2: Readonly<Record<string, string>> = {
  pbkdf2: "pbkdf2",
  "pbkdf2-sha256": "pbkdf2-sha256",
  "pbkdf2-sha512": "pbkdf2-sha512",
};
const ARGON2_VERSIONS: Readonly<Record<string, number>> = { "1.0": 16, "1.3": 19 };

/**
 * The hash of a user in a realm's export, as passlib and argon2 libraries write it: `undefined` if there is
 * no password, and the credential itself, which is not a hash, if it is of an unknown kind.
 */
export function keycloakHash(credentials: readonly unknown[]): unknown {
  const password = credentials.find((each) => isObject(each) && each.type === "password");
  if (!isObject(password)) return undefined;
  const secret = parse(password.secretData);
  const data = parse(password.credentialData);
  const [salt, value] = [secret.salt, secret.value];
  if (typeof salt !== "string" || typeof value !== "string") return password;
  const { algorithm, hashIterations } = data;
  const parameters = isObject(data.additionalParameters) ? data.additionalParameters : {};
  if (algorithm === "argon2") {
    const [type, memory, lanes, version] = ["type", "memory", "parallelism", "version"].map((name) =>
      first(parameters[name]),
    );
    const costs = `m=${memory},t=${hashIterations},p=${lanes}`;
    return `$argon2${type}$v=${ARGON2_VERSIONS[version ?? "1.3"]}$${costs}$${unpadded(salt)}$${unpadded(value)}`;
  }
  const name = PBKDF2[String(algorithm)];
  if (name === undefined) return password;
  const dotted = (base64: string) => unpadded(base64).replaceAll("+", ".");
  return `$${name}$${hashIterations}$${dotted(salt)}$${dotted(value)}`;
}

/** The authenticator apps of a user in a realm's export, as our own export writes them. */
export function keycloakFactors(credentials: readonly unknown[]): readonly unknown[] {
  return credentials.flatMap((each) => {
    if (!isObject(each) || each.type !== "otp") return [];
    const { subType, digits, period, algorithm, secretEncoding } = parse(each.credentialData);
    const { value } = parse(each.secretData);
    // Without a secret it never worked.
    if (typeof value !== "string" || value === "") return [];
    // Codes that are counted instead of timed cannot be carried over: such a row is refused.
    if (subType !== "totp") return [{ kind: "unknown" }];
    // The characters of the text are the secret's bytes, unless the data says otherwise.
    const secret = secretEncoding === "BASE32" ? value : toBase32(Buffer.from(value));
    const parameters = new URLSearchParams({
      ...{ secret, algorithm: String(algorithm ?? "HmacSHA1") },
      ...{ digits: String(digits ?? 6), period: String(period ?? 30) },
    });
    const uri = `otpauth://totp/Keycloak?${parameters}`;
    return [{ kind: "totp", name: each.userLabel, uri, created_at: each.createdDate }];
  });
}

/** Keycloak keeps JSON in text. */
function parse(text: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(text));
    return isObject(value) ? value : {};
  } catch {
    // Refused later, because it has no hash.
    return {};
  }
}

function first(values: unknown): string | undefined {
  return Array.isArray(values) ? String(values[0]) : undefined;
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, "");
}
