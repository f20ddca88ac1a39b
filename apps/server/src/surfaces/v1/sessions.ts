import { sessions as contract } from "@latchkey/contracts/v1/sessions";
import { type Caller, describeSession, type Sessions } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";

/** The sessions of who calls, over their service. */
export function sessionsProcedures({ sessions }: { readonly sessions: Sessions }) {
  return implement<Caller>()(contract, {
    async list({ caller: { account, session: current } }) {
      const listed = await sessions.listOf(account);
      return {
        sessions: listed.map((session) => ({
          ...describeSession(session),
          current: session.id === current.id,
        })),
      };
    },
    end: ({ caller, input, note }) => sessions.endOf(caller.account, input.id, note.entry()),
    endOthers: async ({ caller, note }) => ({
      ended: await sessions.endAll(caller.account, caller.session, note.entry),
    }),
    endAll: async ({ caller, note }) => ({
      ended: await sessions.endAll(caller.account, undefined, note.entry),
    }),
  });
}
