import type { Change } from "../database/change.js";
import type { Account } from "../features/accounts/service.js";
import type { AuditDetails } from "../features/audit/service.js";
import { findUser } from "./find-user.js";
import { type Answer, table } from "./output.js";
import { entryOf, type Services } from "./services.js";
import type { Shell } from "./shell.js";
import { fullName, userJson } from "./user-text.js";

/** What is done to one account. The operator has no account: nothing is their own. */
type Act = (services: Services, account: Account) => Promise<Answer>;

/** How long a command waits for Redis, so that what it revokes stands there too. */
const REDIS_WAIT_MS = 1000;

/** Does something to the account that the operator names, and tells it. */
export function actOn(shell: Shell, name: string, act: Act): Promise<void> {
  return shell.tellFrom(async (services) => {
    const account = await findUser(services, name);
    await awaitRedis(services);
    return act(services, account);
  });
}

export function giveRole(role: Account["role"]): Act {
  return async (services, account) => {
    if (account.role === role) return unchanged(account, `already had the role ${role}`);
    const also = entry(services, account, "update", { fields: ["role"], role });
    const user = await services.adminUsers.update({ id: account.uuid, also }, { role });
    return changed(user, `${fullName(user)} now has the role ${role}; all sessions have ended.`);
  };
}

export function disable(reason: string | undefined): Act {
  return async (services, account) => {
    if (account.disabled && reason === undefined) {
      // An earlier command may have been cut short before the blacklist that nodes share.
      await services.sessions.endEarlier(account);
      return unchanged(account, "was already disabled");
    }
    const also = entry(services, account, "disable");
    const user = await services.adminUsers.disable({ id: account.uuid, also }, reason);
    return changed(user, `Disabled ${fullName(user)}; all sessions have ended.`);
  };
}

export const enable: Act = async (services, account) => {
  if (!account.disabled) return unchanged(account, "was already enabled");
  const also = entry(services, account, "enable");
  const user = await services.adminUsers.enable({ id: account.uuid, also });
  return changed(user, `Enabled ${fullName(user)}.`);
};

/** With a temporary password the server makes one; else the operator gives one, which stays. */
export async function setPassword(shell: Shell, name: string, temporary: boolean): Promise<void> {
  const given = temporary ? undefined : await shell.readNewPassword();
  await actOn(shell, name, async (services, account) => {
    const verb = given === undefined ? "set_temporary_password" : "set_password";
    const target = { id: account.uuid, also: entry(services, account, verb) };
    const { account: user, made } =
      given === undefined
        ? await services.adminUsers.setTemporaryPassword(target)
        : { account: await services.adminUsers.setPassword(target, given), made: undefined };
    const told = made === undefined ? "" : `\nTemporary password: ${made}`;
    return {
      json: { user: userJson(user), temporaryPassword: made ?? null },
      text: `Set the password of ${fullName(user)}; all sessions have ended.${told}`,
    };
  });
}

export const listSessions: Act = async ({ adminUsers }, account) => {
  const sessions = (await adminUsers.sessionsOf(account.uuid)).map(
    ({ id, userAgent, address, createdAtMs, lastSeenAtMs, expiresAtMs }) => ({
      id,
      userAgent,
      address,
      createdAt: new Date(createdAtMs).toISOString(),
      lastSeenAt: new Date(lastSeenAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
    }),
  );
  const rows = sessions.map(({ id, address, createdAt, lastSeenAt, userAgent }) => [
    id,
    address,
    createdAt,
    lastSeenAt,
    userAgent ?? "-",
  ]);
  const text =
    rows.length === 0
      ? `${fullName(account)} has no sessions.`
      : table(["ID", "ADDRESS", "CREATED", "LAST SEEN", "USER AGENT"], rows);
  return { json: { sessions }, text };
};

export function endSessions(sessionId: string | undefined): Act {
  return async (services, account) => {
    if (sessionId !== undefined) {
      const also = entry(services, account, "end_session", { session: sessionId });
      await services.adminUsers.endSession({ id: account.uuid, also }, sessionId);
      return { json: { ended: 1 }, text: `Ended the session of ${fullName(account)}.` };
    }
    const ended = await services.adminUsers.endSessions(account.uuid, (count) =>
      entry(services, account, "end_sessions", { count }),
    );
    return { json: { ended }, text: `Ended all sessions of ${fullName(account)}: ${ended}.` };
  };
}

export function remove(shell: Shell, confirmed: boolean): Act {
  return async (services, account) => {
    const name = fullName(account);
    if (!confirmed) await shell.confirm(`Delete ${name} permanently, with everything that belongs to it?`);
    await services.adminUsers.delete({ id: account.uuid, also: entry(services, account, "delete") });
    return { json: { deleted: account.uuid }, text: `Deleted ${name}.` };
  };
}

const changed = (user: Account, text: string): Answer => ({
  json: { user: userJson(user), changed: true },
  text,
});

const unchanged = (user: Account, what: string): Answer => ({
  json: { user: userJson(user), changed: false },
  text: `${fullName(user)} ${what}.`,
});

function entry(services: Services, { uuid }: Account, verb: string, details?: AuditDetails): Change {
  return entryOf(services, { action: `admin.users.${verb}`, subject: uuid, details });
}

async function awaitRedis({ host: { redis } }: Services): Promise<void> {
  if (redis === undefined || redis.status === "ready") return;
  await new Promise<void>((resolve) => {
    // Without Redis the database refuses them all the same.
    redis.once("ready", resolve).once("error", () => resolve());
    setTimeout(resolve, REDIS_WAIT_MS).unref();
  });
}
