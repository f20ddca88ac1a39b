/** What an examination came to. */
export interface Finding {
  /** What was looked at: a permanent word for programs. */
  readonly check: string;
  /** `ok`; `warning`: it works, and could work better; `fault`: it does not, or will soon not. */
  readonly state: "ok" | "warning" | "fault";
  /** What is the matter, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Findings of one check. */
export function findingsOf(check: string) {
  return {
    ok: (message: string): Finding => ({ check, state: "ok", message }),
    warning: (message: string, advice: string): Finding => ({ check, state: "warning", message, advice }),
    fault: (message: string, advice: string): Finding => ({ check, state: "fault", message, advice }),
  };
}
