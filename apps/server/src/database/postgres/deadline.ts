/** The time for a statement was over: PostgreSQL, or the way to it, stands still. */
export class TooLate extends Error {
  override readonly name = "TooLate";

  constructor() {
    super("PostgreSQL did not answer in time");
  }
}

/** Waits for something at most this long; its failure does not matter. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), over]);
  clearTimeout(timer);
}
