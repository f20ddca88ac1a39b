/** The result of one examination. */
export interface Finding {
  /** What was examined: a permanent word for programs. */
  readonly check: string;
  /** `ok`; `warning`: it works, but not as well as it could; `fault`: it does not work, or soon will not. */
  readonly state: "ok" | "warning" | "fault";
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  return {
    ok: (message: string): Finding => ({ check, state: "ok", message }),
    warning: (message: string, advice: string): Finding => ({ check, state: "warning", message, advice }),
    fault: (message: string, advice: string): Finding => ({ check, state: "fault", message, advice }),
  };
}
