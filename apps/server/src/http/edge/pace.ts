import { createLine } from "../../line.js";

export interface PaceLimits {
  /** How long the requests that are begun in one turn of the event loop may take together. */
  readonly turnMs: number;
  /** How long requests that wait may be held back for connections that wait to be accepted. */
  readonly acceptingMs: number;
}

export const PACE: PaceLimits = { turnMs: 5, acceptingMs: 10 };

export interface PaceDeps {
  readonly limits: PaceLimits;
  /** A clock that cannot be set. */
  nowMs(): number;
}

export interface Pace {
  /** A connection was accepted. */
  accepted(): void;
  /** Begins something now if this turn has time for it, otherwise in a later one. `path` says whose it is. */
  begin(path: () => readonly string[], act: () => void): void;
}

/**
 * Keeps turns of the event loop short. One poll of the sockets may find a request on each of a thousand
 * connections; if all were begun, new connections, other answers and timers would wait for all of them. What
 * a turn has no time for is begun in the next ones, in which sites take turns, then networks.
 */
export function createPace({ limits, nowMs }: PaceDeps): Pace {
  const waiting = createLine<() => void>();
  let turn: { readonly sinceMs: number; hasAccepted: boolean } | undefined;
  let acceptingSinceMs: number | undefined;

  const currentTurn = () => {
    if (turn !== undefined) return turn;
    turn = { sinceMs: nowMs(), hasAccepted: false };
    setImmediate(endTurn);
    return turn;
  };
  const hasTime = () => nowMs() - currentTurn().sinceMs < limits.turnMs;
  const endTurn = () => {
    const hasAccepted = turn?.hasAccepted ?? false;
    turn = undefined;
    if (waiting.size === 0) {
      acceptingSinceMs = undefined;
      return;
    }
    const { sinceMs } = currentTurn();
    // Node accepts one connection per turn: short turns, while there may be more.
    if (hasAccepted) {
      acceptingSinceMs ??= sinceMs;
      if (sinceMs - acceptingSinceMs < limits.acceptingMs) return;
    }
    acceptingSinceMs = undefined;
    beginNext();
  };
  const beginNext = () => {
    const act = hasTime() ? waiting.next() : undefined;
    if (act === undefined) return;
    // Once everything that this one does at once has been done: its time counts too.
    queueMicrotask(() => process.nextTick(beginNext));
    act();
  };

  return {
    accepted() {
      currentTurn().hasAccepted = true;
    },
    begin(path, act) {
      if (waiting.size === 0 && hasTime()) act();
      else waiting.add(path(), act);
    },
  };
}
