/**
 * The fields of an account with the column names that tables use for them, compared without regard to case
 * and `_`. The first that exists is used.
 */
const SPELLINGS = {
  uuid: ["uuid", "user_uuid", "public_id", "id"],
  email: ["email", "email_address", "mail"],
  username: ["username", "user_name", "login"],
  hashedPassword: ["hashed_password", "encrypted_password", "password_hash", "hash", "password"],
  disabled: ["disabled", "is_disabled"],
  enabled: ["is_active", "active", "enabled"],
  deletedAt: ["deleted_at"],
  bannedUntil: ["banned_until"],
  disabledReason: ["disabled_reason"],
  role: ["role"],
  language: ["language", "locale", "lang"],
  verified: ["is_verified", "email_verified"],
  emailVerifiedAt: ["email_verified_at", "email_confirmed_at"],
  mustChangePassword: ["must_change_password"],
  createdAt: ["created_at", "date_joined", "registered_at", "created", "created_timestamp"],
  updatedAt: ["updated_at", "modified_at", "updated"],
  firstName: ["first_name", "given_name"],
  lastName: ["last_name", "family_name", "surname"],
  phoneNumber: ["phone_number", "phone", "mobile"],
} as const;

/** A field of an account that can be read. */
export type Field = keyof typeof SPELLINGS;

/** The table column that holds each field. */
export type Columns = Partial<Readonly<Record<Field, string>>>;

/** Finds the columns of a table that describe an account; the others are ignored. */
export function mapColumns(names: readonly string[]): {
  readonly columns: Columns;
  readonly ignored: readonly string[];
} {
  const bySpelling = new Map(names.map((name) => [plainName(name), name]));
  const found = Object.entries(SPELLINGS).flatMap(([field, spellings]) => {
    const spelling = spellings.map(plainName).find((each) => bySpelling.has(each));
    const name = spelling === undefined ? undefined : bySpelling.get(spelling);
    return name === undefined ? [] : [[field, name] as const];
  });
  const used = new Set(found.map(([, name]) => name));
  return { columns: Object.fromEntries(found), ignored: names.filter((name) => !used.has(name)) };
}

/** A column's name as names are compared. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, "");
}
