import { z } from "zod";
import { accountErrors, userErrors } from "../errors/account.js";
import { sessionErrors } from "../errors/session.js";
import { instant } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const sessionMethod = z.enum(["pwd", "otp", "swk", "hwk", "rcv", "eml"]);

/** A method by which a user has signed in. */
export type SessionMethod = z.output<typeof sessionMethod>;

export const sessionMethods = z.array(sessionMethod).meta({
  description:
    "By what the user signed in, and what was given since: a password, a one-time code, a passkey (`swk`) or one that has " +
    "verified its user (`hwk`), a recovery code, a mailed code.",
});

/** An active session, as its owner and administrators see it. */
export const sessionFields = {
  id: z.uuid(),
  browser: z
    .string()
    .nullable()
    .meta({ description: "The browser or other program used to sign in; `null` if it does not say." }),
  system: z
    .string()
    .nullable()
    .meta({ description: "The operating system used to sign in; `null` if unknown." }),
  address: z.string().meta({ description: "The network address at sign-in." }),
  methods: sessionMethods,
  createdAt: instant,
  lastSeenAt: instant.meta({ description: "When the session last made a request, accurate to two minutes." }),
  expiresAt: instant.meta({ description: "When the session ends at the latest." }),
};

const OwnSession = z
  .object({
    ...sessionFields,
    current: z.boolean().meta({ description: "Whether this session made the request." }),
  })
  .meta({ id: "OwnSession" });

const EndInput = z.object({ id: z.uuid() }).meta({ id: "EndSessionInput" });

const Ended = z
  .object({ ended: z.int().meta({ description: "How many sessions were ended." }) })
  .meta({ id: "EndedSessions" });

const id = "4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11";

/** The caller's own sessions. An ended session's token is refused from the next request on. */
export const sessions = contract("The caller's own sessions.", {
  list: {
    kind: "query",
    access: "session",
    summary: "See where you are signed in",
    description: "The account's active sessions, most recently seen first.",
    input: z.void(),
    output: z.object({ sessions: z.array(OwnSession) }).meta({ id: "OwnSessions" }),
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/sessions" },
    example: {
      output: {
        sessions: [
          {
            id,
            browser: "Firefox",
            system: "Linux",
            address: "192.0.2.1",
            methods: ["pwd", "otp"],
            createdAt: "2026-01-15T12:00:00.000Z",
            lastSeenAt: "2026-01-15T18:30:00.000Z",
            expiresAt: "2026-02-14T12:00:00.000Z",
            current: true,
          },
        ],
      },
    },
  },
  end: {
    kind: "mutation",
    access: "account",
    summary: "End one session",
    description: "Another user's session counts as not found, and nothing is revealed about it.",
    input: EndInput,
    output: z.void(),
    raises: [...userErrors, sessionErrors.SESSION_NOT_FOUND],
    audit: "sessions.end",
    rest: { method: "DELETE", path: "/api/v1/sessions/{id}" },
    example: { input: { id }, output: undefined },
  },
  endOthers: {
    kind: "mutation",
    access: "session",
    summary: "End all other sessions",
    description: "The session that makes the request stays signed in.",
    input: z.void(),
    output: Ended,
    raises: [...userErrors, accountErrors.TOO_MANY_REQUESTS],
    audit: "sessions.end_others",
    rest: { method: "POST", path: "/api/v1/sessions/end-others" },
    example: { output: { ended: 3 } },
  },
  endAll: {
    kind: "mutation",
    access: "account",
    summary: "End all sessions",
    description:
      "Including the session that makes the request: sign in again afterwards. An expired token is accepted " +
      "as long as it could still be exchanged.",
    input: z.void(),
    output: Ended,
    raises: userErrors,
    session: { ends: true },
    audit: "sessions.end_all",
    rest: { method: "POST", path: "/api/v1/sessions/end-all" },
    example: { output: { ended: 4 } },
  },
});
