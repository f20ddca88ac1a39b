import { accessErrors, tokenErrors } from "@latchkey/contracts/errors/account";
import { accessToken } from "@latchkey/contracts/fields/text";
import { contract } from "@latchkey/contracts/kit/procedure";
import { expect, it } from "vitest";
import { z } from "zod";
import { implement } from "../../../apps/server/src/rpc/implement.js";
import type { SessionToken } from "../../../apps/server/src/session-token.js";
import type { SessionPrincipal } from "../../../apps/server/src/surfaces/principal.js";

const procedure = {
  kind: "mutation",
  summary: "Test",
  description: "Test.",
  input: z.object({ id: z.string() }),
  output: z.void(),
  example: { output: undefined },
} as const;

const doors = contract("Doors.", {
  enter: {
    ...procedure,
    access: "public",
    output: z.object({ token: accessToken }),
    raises: [tokenErrors.COOKIE_REFUSED],
    session: { token: "token" },
  },
  own: { ...procedure, access: "account", raises: [] },
  leave: { ...procedure, access: "session", raises: [] },
  others: { ...procedure, access: "users:write", raises: [accessErrors.FORBIDDEN] },
  look: { ...procedure, kind: "query", access: "account", raises: [] },
});

const nothing = async () => {};
const enter = async (): Promise<{ token: SessionToken }> => {
  throw new Error("no one is let in here");
};
const fitting = { enter, own: nothing, leave: nothing, others: nothing, look: nothing };

it("accepts only a token that admission or an exchange has made", () => {
  implement<SessionPrincipal>()(doors, fitting);
  // @ts-expect-error: text is not a session's token.
  implement<SessionPrincipal>()(doors, { ...fitting, enter: async () => ({ token: "made elsewhere" }) });
});

it("gives a session to procedures that are for sessions, and to no others", () => {
  implement<SessionPrincipal>()(doors, {
    ...fitting,
    leave: async ({ principal }) => void principal.session.id,
    own: async ({ principal }) => void principal.account.uuid,
    // @ts-expect-error: a key will have no session.
    others: async ({ principal }) => void principal.session.id,
  });
});

it("gives a cause to mutations, and none to queries", () => {
  implement<SessionPrincipal>()(doors, {
    ...fitting,
    own: async ({ cause }) => void cause.language,
    // @ts-expect-error: a query has no cause.
    look: async ({ cause }) => void cause.language,
  });
});

it("lets a procedure say which account its input is about", () => {
  const { handlers } = implement<SessionPrincipal>()(doors, {
    ...fitting,
    others: { about: ({ id }) => ({ subject: id }), handle: nothing },
    // @ts-expect-error: there is no such field.
    own: { about: ({ name }) => ({ subject: name }), handle: nothing },
  });
  expect(Object.keys(handlers)).toEqual(Object.keys(doors));
});

it("requires every permission's refusal to be declared, except for the own account's", () => {
  contract("Own.", { own: { ...procedure, access: "account", raises: [] } });
  // @ts-expect-error: FORBIDDEN is missing.
  contract("All.", { others: { ...procedure, access: "users:write", raises: [tokenErrors.TOKEN_INVALID] } });
});
