/** What makes two failures alike: action, outcome, actor, subject and network. */
export interface FailureKind {
  readonly action: string;
  readonly outcome: string;
  readonly actor: string;
  readonly subject: string | null;
  /** Empty for the kind that collects all failures beyond those that are told apart. */
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
/** Entries, and distinct kinds, in one window of each group. */
const PER_GROUP = 1000;

interface Counter {
  readonly kind: FailureKind;
  admitted: number;
  suppressed: number;
}

interface Group {
  readonly counters: Map<string, Counter>;
  endsAtMs: number;
  admitted: number;
}

/** Counts in windows of this length. */
export function createFlood(windowMs: number): Flood {
  const open = (): Group => ({ counters: new Map(), endsAtMs: 0, admitted: 0 });
  // Kept apart, so that noise cannot hide what happens to an account.
  const groups = { known: open(), unknown: open() };
  let over: Suppressed[] = [];

  const close = (group: Group) => {
    for (const { kind, suppressed } of group.counters.values()) {
      if (suppressed > 0) over.push({ kind, times: suppressed });
    }
    group.counters.clear();
    group.admitted = 0;
  };

  const counterOf = (counters: Group["counters"], kind: FailureKind): Counter => {
    const { action, outcome, actor, subject, network } = kind;
    const key = [action, outcome, actor, subject ?? "", network].join("\n");
    const known = counters.get(key);
    if (known !== undefined) return known;
    if (counters.size >= PER_GROUP && network !== "") return counterOf(counters, lump(kind));
    const counter = { kind, admitted: 0, suppressed: 0 };
    counters.set(key, counter);
    return counter;
  };

  return {
    admits(kind, nowMs) {
      const group = kind.subject === null && kind.actor === "anonymous" ? groups.unknown : groups.known;
      if (group.endsAtMs <= nowMs) {
        close(group);
        group.endsAtMs = nowMs + windowMs;
      }
      const counter = counterOf(group.counters, kind);
      const most = kind.outcome === "RATE_LIMITED" ? PER_REFUSAL : PER_KIND;
      if (counter.kind.network === "" || counter.admitted >= most || group.admitted >= PER_GROUP) {
        counter.suppressed++;
        return false;
      }
      counter.admitted++;
      group.admitted++;
      return true;
    },

    drain(nowMs, all) {
      for (const group of Object.values(groups)) {
        if (group.endsAtMs <= nowMs || all !== undefined) close(group);
      }
      const told = over;
      over = [];
      return told;
    },
  };
}

function lump({ action, outcome }: FailureKind): FailureKind {
  return { action, outcome, actor: "anonymous", subject: null, network: "" };
}
