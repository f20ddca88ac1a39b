/** Names as short as `APP_URL` differ from other programs' names, such as `API_URL`, by one letter only. */
const SHORT = 8;
const LONG = 12;

/**
 * The name among ours that an unknown one was probably meant to be: written in other cases, or with a letter
 * or two too many, too few, wrong or swapped.
 */
export function nearName(unknown: string, ours: readonly string[]): string | undefined {
  const written = unknown.toUpperCase();
  const near = ours
    .map((name) => ({ name, distance: distanceOf(written, name) }))
    .filter(({ name, distance }) => distance <= (name.length >= LONG ? 2 : 1))
    .filter(({ name, distance }) => name.length >= SHORT || distance === 0 || !isSubstitution(written, name));
  return near.sort((a, b) => a.distance - b.distance)[0]?.name;
}

/** Whether one letter was replaced by another, rather than left out, added or swapped. */
function isSubstitution(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  return [...a].filter((letter, i) => letter !== b[i]).length === 1;
}

/** How many letters must be added, removed, replaced or swapped with the next (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const least = Math.min(replaced, cell(i - 1, j) + 1, cell(i, j - 1) + 1);
      rows[i]?.push(swapped ? Math.min(least, cell(i - 2, j - 2) + 1) : least);
    }
  }
  return cell(a.length, b.length);
}
