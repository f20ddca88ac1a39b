import { adminUsers } from "@latchkey/contracts/admin/users";
import { describeAccount } from "../../features/accounts/service.js";
import { describeFactor } from "../../features/factors/service.js";
import { describeSession, type Session } from "../../features/sessions/service.js";
import type {
  Position,
  UserAdministration,
  WithPassword,
} from "../../features/user-administration/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

const aboutUser = ({ id }: { readonly id: string }) => ({ subject: id });

/** The administration of users over its service. */
export function adminUsersSurface(admin: UserAdministration) {
  return implement<SessionPrincipal>()(adminUsers, {
    async list({ input: { createdFrom, createdTo, ...search } }) {
      const { users, next } = await admin.search({
        ...search,
        createdFromMs: createdFrom,
        createdToMs: createdTo,
      });
      return { users: users.map(describeAccount), next: next === undefined ? null : cursorOf(next) };
    },

    get: async ({ input }) => describeAccount(await admin.get(input.id)),

    create: {
      about: ({ role = "user" }) => ({ details: { role } }),
      async handle({ input, cause }) {
        const created = await admin.create(input, cause);
        return { user: describeAccount(created.account), ...shownPassword(created) };
      },
    },

    update: {
      about: ({ id, updatedAt: _, ...edit }) => ({
        subject: id,
        details: { fields: Object.keys(edit), role: edit.role },
      }),
      handle: async ({ input: { id, updatedAt, ...edit }, cause }) =>
        describeAccount(await admin.update(id, edit, cause, updatedAt)),
    },

    disable: {
      about: aboutUser,
      handle: async ({ input: { id, reason }, cause }) =>
        describeAccount(await admin.disable(id, reason, cause)),
    },

    enable: {
      about: aboutUser,
      handle: async ({ input: { id }, cause }) => describeAccount(await admin.enable(id, cause)),
    },

    setTemporaryPassword: {
      about: aboutUser,
      handle: async ({ input: { id, password }, cause }) =>
        shownPassword(await admin.setTemporaryPassword(id, password, cause)),
    },

    async factors({ input }) {
      const { factors, recoveryCodesLeft } = await admin.factorsOf(input.id);
      return { factors: factors.map(describeFactor), recoveryCodesLeft };
    },

    resetFactors: {
      about: ({ id, reason }) => ({ subject: id, details: { reason } }),
      handle: async ({ input: { id }, cause }) => ({ removed: await admin.resetFactors(id, cause) }),
    },

    sessions: async ({ input }) => ({ sessions: (await admin.sessionsOf(input.id)).map(shownSession) }),

    endSession: {
      about: ({ id, sessionId }) => ({ subject: id, details: { session: sessionId } }),
      handle: ({ input: { id, sessionId }, cause }) => admin.endSession(id, sessionId, cause),
    },

    endSessions: {
      about: aboutUser,
      handle: async ({ input: { id }, cause }) => ({ ended: await admin.endSessions(id, cause) }),
    },

    delete: {
      about: aboutUser,
      handle: ({ input: { id }, cause }) => admin.delete(id, cause),
    },
  });
}

function shownSession(session: Session) {
  const { browser: _browser, system: _system, ...shown } = describeSession(session);
  return shown;
}

const shownPassword = ({ made }: WithPassword) => ({ temporaryPassword: made ?? null });
const cursorOf = ({ createdAtMs, id }: Position) => `${createdAtMs}.${id}`;
