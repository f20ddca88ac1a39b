import { adminUsers } from "@latchkey/contracts/admin/users";
import type { Caller, Session } from "../../features/sessions/service.js";
import type { AdminUsers, Position, User, WithPassword } from "../../features/user-administration/service.js";
import { implement } from "../../rpc/implement.js";

/** The administration of users over its service. */
export function adminUsersProcedures(admin: AdminUsers) {
  return implement<Caller>()(adminUsers, {
    async list({ input: { createdFrom, createdTo, ...search } }) {
      const { users, next } = await admin.search({
        ...search,
        createdFromMs: createdFrom,
        createdToMs: createdTo,
      });
      return { users: users.map(shownUser), next: next === undefined ? null : cursorOf(next) };
    },

    get: async ({ input }) => shownUser(await admin.get(input.id)),

    async create({ input, note }) {
      const created = await admin.create(input, (account) => {
        note.details = { role: account.role };
        return note.entryOf(account);
      });
      return { user: shownUser(created.account), ...shownPassword(created) };
    },

    async update({ input: { id, updatedAt, ...edit }, caller, note }) {
      note.subject = id;
      note.details = { fields: Object.keys(edit), role: edit.role };
      return shownUser(await admin.update({ id, by: caller.account, also: note.entry() }, edit, updatedAt));
    },

    async disable({ input: { id, reason }, caller, note }) {
      note.subject = id;
      return shownUser(await admin.disable({ id, by: caller.account, also: note.entry() }, reason));
    },

    async enable({ input: { id }, caller, note }) {
      note.subject = id;
      return shownUser(await admin.enable({ id, by: caller.account, also: note.entry() }));
    },

    async setTemporaryPassword({ input: { id, password }, caller, note }) {
      note.subject = id;
      const target = { id, by: caller.account, also: note.entry() };
      return shownPassword(await admin.setTemporaryPassword(target, password));
    },

    sessions: async ({ input }) => ({ sessions: (await admin.sessionsOf(input.id)).map(shownSession) }),

    async endSession({ input: { id, sessionId }, note }) {
      note.subject = id;
      note.details = { session: sessionId };
      await admin.endSession({ id, also: note.entry() }, sessionId);
    },

    async endSessions({ input: { id }, note }) {
      note.subject = id;
      const ended = await admin.endSessions(id, (count) => {
        note.details = { count };
        return note.entry();
      });
      return { ended };
    },

    async delete({ input: { id }, caller, note }) {
      note.subject = id;
      await admin.delete({ id, by: caller.account, also: note.entry() });
    },
  });
}

/** Named one by one, so that no hash gets among it. */
function shownUser(user: User) {
  return {
    id: user.uuid,
    username: user.username,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    phoneNumber: user.phoneNumber,
    language: user.language,
    role: user.role,
    disabled: user.disabled,
    disabledReason: user.disabledReason,
    emailVerifiedAt: user.emailVerifiedAtMs === null ? null : instant(user.emailVerifiedAtMs),
    passwordChangeRequired: user.mustChangePassword,
    createdAt: instant(user.createdAtMs),
    updatedAt: instant(user.updatedAtMs),
  };
}

function shownSession({ id, userAgent, address, createdAtMs, lastSeenAtMs, expiresAtMs }: Session) {
  const [createdAt, lastSeenAt, expiresAt] = [
    instant(createdAtMs),
    instant(lastSeenAtMs),
    instant(expiresAtMs),
  ];
  return { id, userAgent, address, createdAt, lastSeenAt, expiresAt };
}

const shownPassword = ({ made }: WithPassword) => ({ temporaryPassword: made ?? null });
const cursorOf = ({ createdAtMs, id }: Position) => `${createdAtMs}.${id}`;
const instant = (ms: number) => new Date(ms).toISOString();
