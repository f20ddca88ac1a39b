/**
 * Calls back when the time is over, unless it is cleared before. Answers that arrived while this process was busy
 * are read first.
 */
export function startDeadline(ms: number, onOver: () => void): { clear(): void } {
  let isCleared = false;
  const timer = setTimeout(() => setImmediate(() => isCleared || onOver()), ms);
  return {
    clear() {
      isCleared = true;
      clearTimeout(timer);
    },
  };
}
