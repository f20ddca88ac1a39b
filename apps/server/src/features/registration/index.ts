import type { Host } from "../../host.js";
import { oneOf, positiveNumber, type ValuesOf, wholeMs, wholeNumber } from "../../settings/setting.js";
import { createRegistrations, type RegistrationDeps, type Registrations } from "./service.js";

export const registrationSettings = {
  policy: {
    name: "REGISTRATION",
    meaning:
      "Who may get an account. `open`: anyone may register. `invited`: only with an invitation. `closed`: " +
      "only administrators and the command line create accounts.",
    fallback: "open",
    parse: oneOf("open", "invited", "closed"),
  },
  registrationsPerNetwork: {
    name: "REGISTRATIONS_PER_NETWORK",
    meaning:
      "How many accounts may be registered from one network (IPv6: /64) within " +
      "`REGISTRATION_WINDOW_MINUTES`; each costs a hash.",
    fallback: "3000",
    parse: wholeNumber({ min: 1, max: 1_000_000_000 }),
  },
  registrationWindowMinutes: {
    name: "REGISTRATION_WINDOW_MINUTES",
    meaning: "For how many minutes registrations are counted; fractions allowed.",
    fallback: "60",
    parse: positiveNumber({ max: 525_600 }),
  },
} as const;

export function openRegistrations(
  { clock }: Host,
  settings: ValuesOf<typeof registrationSettings>,
  services: Omit<RegistrationDeps, "clock" | "quota" | "policy">,
): Registrations {
  const { registrationsPerNetwork: limit, registrationWindowMinutes, policy } = settings;
  const quota = { of: "registrations", limit, windowMs: wholeMs(registrationWindowMinutes) };
  return createRegistrations({ clock, quota, policy, ...services });
}
