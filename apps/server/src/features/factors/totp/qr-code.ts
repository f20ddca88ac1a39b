import { encodeQR } from "qr";

/** The light frame that readers need (ISO/IEC 18004 6.3.8), in modules. */
const QUIET_ZONE = 4;

/**
 * A QR code as an SVG image of text only: it works without script, in a page whose policy allows no styles, and
 * in dark mode.
 */
export function qrCodeSvg(text: string): string {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET_ZONE });
  const size = rows.length;
  const dark = rows.map((row, y) =>
    runsOf(row)
      .map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)
      .join(""),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${dark.join("")}"/></svg>`
  );
}

/** Where dark modules follow each other in a row, and how many. */
function runsOf(row: readonly boolean[]): ReadonlyArray<readonly [start: number, length: number]> {
  const runs: [number, number][] = [];
  for (const [x, isDark] of row.entries()) {
    if (!isDark) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  }
  return runs;
}
