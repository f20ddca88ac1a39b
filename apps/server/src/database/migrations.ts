/** How many migrations are missing in a database, and how many of it are unknown here. */
export function compareMigrations(applied: readonly string[], own: ReadonlyArray<{ readonly hash: string }>) {
  const known = own.map(({ hash }) => hash);
  return {
    pending: known.filter((hash) => !applied.includes(hash)).length,
    unknown: applied.filter((hash) => !known.includes(hash)).length,
  };
}
