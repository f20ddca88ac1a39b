const LINE_EVERY_MS = 10_000;

/**
 * One line on standard error that says what is in progress and since when: rewritten every second on a
 * terminal, printed now and then elsewhere. Standard output stays the program's.
 * @param {() => string} describe
 */
export function startProgress(describe, stream = process.stderr) {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  let lastText = "";
  let lastMs = Number.NEGATIVE_INFINITY;

  const tick = () => {
    const text = describe();
    if (stream.isTTY) {
      stream.write(`\r\x1b[2K${text} … ${seconds()} s`);
    } else if (text !== lastText || performance.now() - lastMs >= LINE_EVERY_MS) {
      stream.write(`${text} … ${seconds()} s\n`);
      lastText = text;
      lastMs = performance.now();
    }
  };
  tick();
  const timer = setInterval(tick, 1000);

  return {
    /**
     * Ends the line; `done` says what was achieved.
     * @param {string} [done]
     */
    end(done) {
      clearInterval(timer);
      if (stream.isTTY) stream.write("\r\x1b[2K");
      if (done !== undefined) stream.write(`${done} in ${seconds()} s.\n`);
    },
  };
}
