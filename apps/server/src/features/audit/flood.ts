/** What makes two failures alike: action, outcome, actor, subject and network. */
export interface FailureKind {
  readonly action: string;
  readonly outcome: string;
  readonly actor: string;
  readonly subject: string | null;
  /** Empty for the kind that collects failures that are not told apart by network. */
  readonly network: string;
}

/** Failures of one kind that got no entry of their own. */
export interface Suppressed {
  readonly kind: FailureKind;
  readonly times: number;
}

/** Decides which failures get an entry of their own, so that strangers cannot fill the disk. */
export interface Flood {
  /** Whether this failure gets an entry. */
  admits(kind: FailureKind, nowMs: number): boolean;
  /**
   * The failures without an entry, summed by kind, once their window is over; with `all` also before. Each is
   * reported once.
   */
  drain(nowMs: number, all?: "all"): readonly Suppressed[];
}

/** Failures of one kind that get an entry in one window. */
const PER_KIND = 20;
/** A limit that refuses says the same thing each time: once is enough. */
const PER_REFUSAL = 1;
/** Entries of one share in one window, and how many kinds of it are told apart. */
const PER_SHARE = 50;
const KINDS_PER_SHARE = 16;
/** Entries of one group in one window, in addition to the first of each account. */
const PER_GROUP = 1000;
/** How many shares a group tells apart: of guesses at accounts, and of everything else. */
const SHARES_OF_GUESSES = 2000;
const SHARES = 500;
/** Of how many shares each kind is summed up when their window is over; each smaller share is one sum. */
const TOLD_BY_KIND = 200;

interface Counter {
  readonly kind: FailureKind;
  admitted: number;
  suppressed: number;
}

/** The failures of one account; without an account, those of one network. */
interface Share {
  readonly counters: Map<string, Counter>;
  admitted: number;
  /** Falls while others crowd the group. The first to go are those with the fewest failures. */
  weight: number;
}

/** The failures of one action at accounts, so that no other can hide them; and all others, together. */
interface Group {
  readonly mostShares: number;
  readonly shares: Map<string, Share>;
  /** By action and outcome: what is counted without saying whose it was. */
  readonly rest: Map<string, Suppressed>;
  endsAtMs: number;
  admitted: number;
  /** How many shares have an entry. */
  begun: number;
}

/** Counts in windows of this length. */
export function createFlood(windowMs: number): Flood {
  const groups = new Map<string, Group>();
  let over: Suppressed[] = [];

  const close = (group: Group) => {
    over.push(...summed(group));
    group.shares.clear();
    group.rest.clear();
    group.admitted = 0;
    group.begun = 0;
  };

  return {
    admits(kind, nowMs) {
      const group = groupOf(groups, kind);
      if (group.endsAtMs <= nowMs) {
        close(group);
        group.endsAtMs = nowMs + windowMs;
      }
      const share = shareOf(group, kind);
      if (share === undefined) {
        addToRest(group.rest, kind, 1);
        return false;
      }
      share.weight++;
      const counter = counterOf(share.counters, kind);
      const most = kind.outcome === "RATE_LIMITED" ? PER_REFUSAL : PER_KIND;
      // Each account has an entry of its own, however many entries the others have.
      const isFirst = kind.subject !== null && share.admitted === 0 && group.begun < group.mostShares;
      const isFull = share.admitted >= PER_SHARE || group.admitted >= PER_GROUP;
      if ((isFull && !isFirst) || counter.kind.network === "" || counter.admitted >= most) {
        counter.suppressed++;
        return false;
      }
      counter.admitted++;
      share.admitted++;
      if (isFirst) group.begun++;
      else group.admitted++;
      return true;
    },

    drain(nowMs, all) {
      for (const [name, group] of groups) {
        if (group.endsAtMs > nowMs && all === undefined) continue;
        close(group);
        groups.delete(name);
      }
      const told = over;
      over = [];
      return told;
    },
  };
}

/**
 * Guesses at accounts, what their owners do, and what strangers do to no account do not share entries. The
 * last needs no account, so its many actions have one group.
 */
function groupOf(groups: Map<string, Group>, { action, actor, subject }: FailureKind): Group {
  const isAnonymous = actor === "anonymous";
  const isGuess = isAnonymous && subject !== null;
  const name = isGuess ? `guesses ${action}` : isAnonymous ? "strangers" : `own ${action}`;
  const known = groups.get(name);
  if (known !== undefined) return known;
  const mostShares = isGuess ? SHARES_OF_GUESSES : SHARES;
  const group = { mostShares, shares: new Map(), rest: new Map(), endsAtMs: 0, admitted: 0, begun: 0 };
  groups.set(name, group);
  return group;
}

/**
 * The share of an account, or of a network. If there are too many, each loses some weight, and those without
 * any make room: so one with more than its part of all failures stays, whatever the others do (the algorithm
 * of Misra and Gries).
 */
function shareOf({ shares, rest, mostShares }: Group, kind: FailureKind): Share | undefined {
  const key = kind.subject === null ? `from ${kind.network}` : kind.subject;
  const known = shares.get(key);
  if (known !== undefined) return known;
  if (shares.size >= mostShares) {
    for (const [name, share] of shares) {
      if (--share.weight > 0) continue;
      for (const { kind, suppressed } of share.counters.values()) addToRest(rest, kind, suppressed);
      shares.delete(name);
    }
    if (shares.size >= mostShares) return undefined;
  }
  const share = { counters: new Map(), admitted: 0, weight: 0 };
  shares.set(key, share);
  return share;
}

/** Too many kinds of one share are counted together, by action and outcome. */
function counterOf(counters: Share["counters"], kind: FailureKind): Counter {
  const { action, outcome, actor, network } = kind;
  const key = [action, outcome, actor, network].join("\n");
  const known = counters.get(key);
  if (known !== undefined) return known;
  if (counters.size >= KINDS_PER_SHARE && network !== "") {
    return counterOf(counters, { ...kind, actor: "anonymous", network: "" });
  }
  const counter = { kind, admitted: 0, suppressed: 0 };
  counters.set(key, counter);
  return counter;
}

/** Sums up what has no entry of its own. Every share is named; the largest are reported kind by kind. */
function summed({ shares, rest }: Group): readonly Suppressed[] {
  const sums = [...shares.values()]
    .map(({ counters }) => [...counters.values()].filter(({ suppressed }) => suppressed > 0))
    .map((counters) => ({ counters, times: counters.reduce((sum, { suppressed }) => sum + suppressed, 0) }))
    .sort((a, b) => b.times - a.times);
  return [
    ...sums.slice(0, TOLD_BY_KIND).flatMap(({ counters }) => counters.map(toldOf)),
    ...sums
      .slice(TOLD_BY_KIND)
      .flatMap(({ counters: [first], times }) => (first ? [{ ...toldOf(first), times }] : [])),
    ...rest.values(),
  ];
}

const toldOf = ({ kind, suppressed: times }: Counter): Suppressed => ({ kind, times });

function addToRest(rest: Group["rest"], { action, outcome }: FailureKind, times: number): void {
  if (times === 0) return;
  const kind = { action, outcome, actor: "anonymous", subject: null, network: "" };
  const key = [action, outcome].join("\n");
  rest.set(key, { kind, times: (rest.get(key)?.times ?? 0) + times });
}
