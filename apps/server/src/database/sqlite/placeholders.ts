import { type Placeholder, sql } from "drizzle-orm";

/** Placeholders with these names, for the values that a prepared statement gets at each run. */
export function placeholders<const N extends string>(
  ...names: readonly N[]
): { readonly [Name in N]: Placeholder<Name> } {
  // Safe: there is one for each name.
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as {
    [Name in N]: Placeholder<Name>;
  };
}
