import { recovery as contract } from "@latchkey/contracts/recovery";
import { implement } from "../../rpc/implement.js";
import type { Notices } from "../notices/service.js";
import type { Caller } from "../sessions/service.js";
import type { Recovery } from "./service.js";

interface Deps {
  readonly recovery: Recovery;
  readonly notices: Pick<Notices, "passwordChanged">;
}

/** Recovery over its service. */
export function recoveryProcedures({ recovery, notices }: Deps) {
  return implement<Caller>()(contract, {
    request: ({ context, input }) => recovery.request(input.email, context, context.language()),
    async complete({ context, input, note }) {
      const account = await recovery.complete(input.secret, input.newPassword, context, note.entryOf);
      notices.passwordChanged(account, context.language());
    },
  });
}
