/**
 * One line of CSV (RFC 4180). As in databases' CSV, no value is an empty cell, and empty text is in quotes.
 */
export function csvLine(cells: ReadonlyArray<string | number | null>): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** What would be read differently without quotes; \N and NULL are no value to some programs. */
const QUOTED = /[",;\t\r\n]|^\s|\s$|^$|^\\N$|^null$/i;

function csvCell(cell: string | number | null): string {
  if (cell === null) return "";
  const text = String(cell);
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
