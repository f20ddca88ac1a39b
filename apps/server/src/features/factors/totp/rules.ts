/** How many steps may lie between two clocks: this one, and that of the server that took the last code. */
const STEPS_BETWEEN_CLOCKS = 3;

/**
 * Whether the code of a step no longer counts: it, or a later one, was used. A step that is far ahead was
 * taken while a clock was wrong. It must not lock out the owner until then, so it does not count.
 */
export function isSpent(
  step: number,
  { lastStep, now }: { readonly lastStep: number; readonly now: number },
): boolean {
  return step <= lastStep && lastStep <= now + STEPS_BETWEEN_CLOCKS;
}
