import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { CommandError } from "../failure.js";
import { isObject } from "./json-values.js";

/** A project's parameters of Firebase's own scrypt, as its console shows them. */
export interface FirebaseParameters {
  readonly signerKey: string;
  readonly saltSeparator: string;
  readonly rounds: string;
  readonly memoryCost: string;
}

type User = Readonly<Record<string, unknown>>;

export function isFirebaseUser(user: unknown): user is User {
  return isObject(user) && typeof user.localId === "string" && !Array.isArray(user.credentials);
}

/** Reads them from the text that the console shows, or from JSON with the same names. */
export function readFirebaseParameters(path: string): FirebaseParameters {
  const text = readFileSync(path, "utf8");
  const found = new Map(
    [...text.matchAll(/"?(\w+)"?\s*:\s*"?([\w+/=-]+)"?/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const [signerKey, rounds, memoryCost] = ["base64_signer_key", "rounds", "mem_cost"].map((name) =>
    found.get(name),
  );
  if (signerKey !== undefined && rounds !== undefined && memoryCost !== undefined) {
    return {
      signerKey: standard(signerKey),
      saltSeparator: standard(found.get("base64_salt_separator") ?? ""),
      rounds,
      memoryCost,
    };
  }
  throw new CommandError(
    "FIREBASE_PARAMETERS_INVALID",
    `${path} needs base64_signer_key, base64_salt_separator, rounds and mem_cost, as the Firebase console ` +
      "shows them.",
    2,
  );
}

/** A digest of the parameters, however they are written. */
export function firebaseDigest({ signerKey, saltSeparator, rounds, memoryCost }: FirebaseParameters): string {
  const parts = [signerKey, saltSeparator, rounds, memoryCost];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** The hash in the form in which Supabase keeps it; `undefined` for users who have none. */
export function firebaseHash(user: User, parameters: FirebaseParameters): string | undefined {
  const { passwordHash, salt } = user;
  if (typeof passwordHash !== "string" || typeof salt !== "string") return undefined;
  const { signerKey, saltSeparator, rounds, memoryCost } = parameters;
  const costs = `v=1,n=${memoryCost},r=${rounds},p=1,ss=${saltSeparator},sk=${signerKey}`;
  return `$fbscrypt$${costs}$${standard(salt)}$${standard(passwordHash)}`;
}

/** Firebase writes base64 in the alphabet of URLs in some places. */
function standard(base64: string): string {
  return base64.replaceAll("-", "+").replaceAll("_", "/");
}
