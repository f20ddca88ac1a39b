/** A moment by two clocks: the one may be set back, the other may stop while the machine sleeps. */
export interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export const momentNow = (): Moment => ({ wallMs: Date.now(), steadyMs: performance.now() });

/** Whether less time than this has passed since, by whichever clock says that more has; not if it never was. */
export function isWithin(ms: number, since: Moment | undefined): boolean {
  if (since === undefined) return false;
  const { wallMs, steadyMs } = momentNow();
  return Math.max(wallMs - since.wallMs, steadyMs - since.steadyMs) < ms;
}
