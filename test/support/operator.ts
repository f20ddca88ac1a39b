import type { Cause } from "../../apps/server/src/cause.js";

/** The cause of what a test does as an operator would, without the surfaces and the audit log. */
export const BY_OPERATOR: Cause = Object.freeze({ actor: "operator", language: "en" });
