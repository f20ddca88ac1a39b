/** A key that signs tokens. */
export interface StoredKey {
  /** What tokens name it by in their header. */
  readonly kid: string;
  /** The private key as a JSON Web Key (RFC 7517), as text. */
  readonly privateJwk: string;
  readonly createdAtMs: number;
}

/** Keeps signing keys. The newest signs; older ones verify what they have signed. */
export interface KeyStore {
  /** All keys, the newest first. */
  list(): Promise<readonly StoredKey[]>;
  /** Inserts a key unless there is one already, and resolves to all: of many processes exactly one makes the first. */
  insertFirst(key: StoredKey): Promise<readonly StoredKey[]>;
  insert(key: StoredKey): Promise<void>;
  /** When the newest key was made; `undefined` where there is none. Reads no key. */
  newestAtMs(): Promise<number | undefined>;
  /** Deletes the keys that had been replaced already at this moment. */
  deleteReplacedBefore(ms: number): Promise<void>;
}
