import type { Metrics } from "../../world/metrics.js";
import type { MailOutcome } from "./delivery.js";

const OUTCOMES = ["sent", "kept", "postponed", "failed"] as const satisfies readonly MailOutcome[];

/** Counts nothing if metrics are off. */
export function createCountOutcome(metrics: Metrics | undefined): (outcome: MailOutcome) => void {
  if (metrics === undefined) return () => {};
  const counter = metrics.counter({
    name: "latchkey_mails_total",
    help:
      "Attempts to send mails by outcome: sent, kept because there is no mail server, postponed, failed " +
      "permanently.",
    labels: ["outcome"],
  });
  const counts = new Map(OUTCOMES.map((outcome) => [outcome, counter(outcome)]));
  return (outcome) => counts.get(outcome)?.();
}
