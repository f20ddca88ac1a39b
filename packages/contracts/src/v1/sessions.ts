import { z } from "zod";
import { userErrors } from "../errors/account.js";
import { sessionErrors } from "../errors/session.js";
import { instant } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

/** A live session, as its owner and administrators see it. */
export const sessionFields = {
  id: z.uuid(),
  browser: z
    .string()
    .nullable()
    .meta({ description: "The browser or other program of the sign-in; `null` where it does not tell." }),
  system: z
    .string()
    .nullable()
    .meta({ description: "The operating system of the sign-in; `null` where it is not told." }),
  address: z.string().meta({ description: "The network address of the sign-in." }),
  createdAt: instant,
  lastSeenAt: instant.meta({ description: "When a request last came in it, to two minutes." }),
  expiresAt: instant.meta({ description: "When it ends in any case." }),
};

const OwnSession = z
  .object({
    ...sessionFields,
    current: z.boolean().meta({ description: "Whether the request itself came in it." }),
  })
  .meta({ id: "OwnSession" });

const EndInput = z.object({ id: z.uuid() }).meta({ id: "EndSessionInput" });

const Ended = z
  .object({ ended: z.int().meta({ description: "How many sessions were ended." }) })
  .meta({ id: "EndedSessions" });

const id = "4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11";

/** The sessions of who calls. An ended session's token is refused from the next request on. */
export const sessions = contract({
  list: {
    kind: "query",
    access: "session",
    summary: "See where you are signed in",
    description: "The live sessions of the account, those that were seen last first.",
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
    description: "Somebody else's session is not found: nothing more is told of it.",
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
    description: "The session of the request itself goes on.",
    input: z.void(),
    output: Ended,
    raises: userErrors,
    audit: "sessions.end_others",
    rest: { method: "POST", path: "/api/v1/sessions/end-others" },
    example: { output: { ended: 3 } },
  },
  endAll: {
    kind: "mutation",
    access: "account",
    summary: "End all sessions",
    description: "Also the session of the request itself: sign in again afterwards.",
    input: z.void(),
    output: Ended,
    raises: userErrors,
    session: { ends: true },
    audit: "sessions.end_all",
    rest: { method: "POST", path: "/api/v1/sessions/end-all" },
    example: { output: { ended: 4 } },
  },
});
