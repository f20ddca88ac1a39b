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
  factors: ["second_factors", "mfa_factors", "otpauth_uri", "otpauth_url", "totp_uri"],
  phoneNumber: ["phone_number", "phone", "mobile"],
} as const;

/** A field of an account that can be read. */
export type Field = keyof typeof SPELLINGS;

/** The table column that holds each field. */
export type Columns = Partial<Readonly<Record<Field, string>>>;

/**
 * Finds the columns of a table that describe an account; the others are ignored. `repeated` are those of which
 * there are several, not counting case and blanks: none of them can be preferred.
 */
export function mapColumns(names: readonly string[]): {
  readonly columns: Columns;
  readonly ignored: readonly string[];
  readonly repeated: readonly string[];
} {
  const byPlainName = new Map<string, string[]>();
  for (const name of names) {
    const alike = byPlainName.get(plainName(name));
    if (alike === undefined) byPlainName.set(plainName(name), [name]);
    else alike.push(name);
  }
  const found = Object.entries(SPELLINGS).flatMap(([field, spellings]) => {
    const [named = []] = spellings
      .map((spelling) => oneOf(spelling, byPlainName.get(plainName(spelling)) ?? []))
      .filter(({ length }) => length > 0);
    const [name] = named;
    return name === undefined ? [] : [{ field, name, isRepeated: named.length > 1 }];
  });
  const used = new Set(found.map(({ name }) => name));
  return {
    columns: Object.fromEntries(found.map(({ field, name }) => [field, name])),
    ignored: names.filter((name) => !used.has(name)),
    repeated: found.flatMap(({ name, isRepeated }) => (isRepeated ? [simpleName(name)] : [])),
  };
}

/** Of columns in different spellings those in the usual one, or else in the first. */
function oneOf(spelling: string, alike: readonly string[]): readonly string[] {
  const simple = alike.map(simpleName);
  const chosen = simple.includes(spelling) ? spelling : simple[0];
  return alike.filter((_, index) => simple[index] === chosen);
}

function simpleName(name: string): string {
  return name.trim().toLowerCase();
}

/** A column's name as names are compared. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, "");
}
