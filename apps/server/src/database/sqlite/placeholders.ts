import { type Placeholder, sql } from "drizzle-orm";

/** Values of these names, which a prepared statement is given each time that it runs. */
export function placeholders<const N extends string>(
  ...names: readonly N[]
): { readonly [Name in N]: Placeholder<Name> } {
  // Safe: one of each name.
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as {
    [Name in N]: Placeholder<Name>;
  };
}
