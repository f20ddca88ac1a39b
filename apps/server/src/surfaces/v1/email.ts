import { email as contract } from "@latchkey/contracts/v1/email";
import type { EmailChange } from "../../features/email-change/service.js";
import type { Notices } from "../../features/notices/service.js";
import type { Caller } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";

interface Deps {
  readonly emailChange: EmailChange;
  readonly notices: Pick<Notices, "addressChanged">;
}

/** Changing the address over its service. */
export function emailProcedures({ emailChange, notices }: Deps) {
  return implement<Caller>()(contract, {
    change: ({ caller, context, input }) => emailChange.change(caller.account, input.newEmail, context),
    async complete({ context, input, note }) {
      const moved = await emailChange.complete(input.secret, context, note.entryOf);
      await notices.addressChanged(moved, context.language());
    },
  });
}
