import type { Found, SafeStorage } from "./storage.js";

/**
 * What is stored beside the session, and longer: the secret that makes this a trusted device, whose sign-ins
 * need no second factor; the ticket of a mailed code, which the code's link needs in another tab.
 */
export type Secrets = (kind: "trusted" | "ticket", next?: string | null) => Found | PromiseLike<Found>;

export function openSecrets(storage: SafeStorage, name: string): Secrets {
  return (kind, next) => {
    const key = `${name}:${kind}`;
    if (next) storage.write(key, next);
    return storage.read(key);
  };
}
