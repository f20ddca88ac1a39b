import { adminInvitations } from "@latchkey/contracts/admin/invitations";
import type { Invitation, Invitations } from "../../features/invitations/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

const aboutInvitation = ({ id }: { readonly id: string }) => ({ subject: id });

/** Invitations, for administrators. */
export function adminInvitationsSurface({ invitations }: { readonly invitations: Invitations }) {
  return implement<SessionPrincipal>()(adminInvitations, {
    async list({ input: { before, limit } }) {
      // One more than is shown, to find out whether there are more.
      const found = await invitations.list({ before, limit: limit + 1 });
      const shown = found.slice(0, limit);
      return {
        invitations: shown.map(describe),
        next: found.length > limit ? (shown.at(-1)?.uuid ?? null) : null,
      };
    },

    create: {
      about: ({ role = "user" }) => ({ details: { role } }),
      handle: async ({ context, input, cause }) => describe(await invitations.invite(input, context, cause)),
    },

    resend: {
      about: aboutInvitation,
      handle: async ({ context, input, cause }) =>
        describe(await invitations.resend(input.id, context, cause)),
    },

    withdraw: {
      about: aboutInvitation,
      handle: ({ input, cause }) => invitations.withdraw(input.id, cause),
    },
  });
}

function describe({ uuid: id, email, role, language, invitedBy, createdAtMs, expiresAtMs }: Invitation) {
  const times = { createdAt: isoTime(createdAtMs), expiresAt: isoTime(expiresAtMs) };
  return { id, email, role, language, invitedBy, ...times };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
