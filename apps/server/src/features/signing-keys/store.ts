/** A key that signs tokens. */
export interface StoredKey {
  /** The name by which token headers refer to it. */
  readonly kid: string;
  /** The private key as a JSON Web Key (RFC 7517), as text. */
  readonly privateJwk: string;
  readonly createdAtMs: number;
}

/** Keeps signing keys. The newest signs; older ones verify what they have signed. */
export interface KeyStore {
  /** All keys, the newest first. */
  list(): Promise<readonly StoredKey[]>;
  /**
   * Inserts a key unless there is one already, and resolves to all keys: of many processes exactly one makes
   * the first.
   */
  insertFirst(key: StoredKey): Promise<readonly StoredKey[]>;
  /** Inserts a key that signs from now on: any that claim to be as late are dated back. */
  insert(key: StoredKey): Promise<void>;
  /** When the newest key was made; `undefined` if there is none. Does not read any key. */
  newestAtMs(): Promise<number | undefined>;
  /** Deletes the keys that had already been replaced at this time. */
  deleteReplacedBefore(ms: number): Promise<void>;
}
