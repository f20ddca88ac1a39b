import { recovery as contract } from "@latchkey/contracts/v1/recovery";
import type { Notices } from "../../features/notices/service.js";
import type { Recovery } from "../../features/recovery/service.js";
import type { Caller } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";

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
