import type { Cause } from "../cause.js";
import type { Account } from "../features/accounts/service.js";
import type { AuditDetails } from "../features/audit/service.js";
import { describeSession } from "../features/sessions/service.js";
import { findUser } from "./find-user.js";
import { type Answer, table } from "./output.js";
import { operatorCause, recordAct, type Services } from "./services.js";
import type { Shell } from "./shell.js";
import { fullName, userJson } from "./user-text.js";

/** An action on one account. The operator has no account, so no account is their own. */
export type Act = (services: Services, account: Account) => Promise<Answer>;

/** How long a command waits for Redis, so that what it revokes reaches Redis as well. */
const REDIS_WAIT_MS = 1000;

/** Performs an action on the account that the operator names, and prints the result. */
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
    const cause = causeOf(account, "update", { fields: ["role"], role });
    const user = await services.userAdministration.update(account.uuid, { role }, cause);
    return changed(user, `${fullName(user)} now has the role ${role}; all sessions have ended.`);
  };
}

export function disable(reason: string | undefined): Act {
  return async (services, account) => {
    if (account.disabled && reason === undefined) return unchanged(account, "was already disabled");
    const cause = causeOf(account, "disable");
    const user = await services.userAdministration.disable(account.uuid, reason, cause);
    return changed(user, `Disabled ${fullName(user)}; all sessions have ended.`);
  };
}

export const enable: Act = async (services, account) => {
  if (!account.disabled) return unchanged(account, "was already enabled");
  const user = await services.userAdministration.enable(account.uuid, causeOf(account, "enable"));
  return changed(user, `Enabled ${fullName(user)}.`);
};

/**
 * If it is temporary, the server makes the password; otherwise the operator gives one, which is permanent.
 */
export async function setPassword(shell: Shell, name: string, temporary: boolean): Promise<void> {
  const given = temporary ? undefined : await shell.readNewPassword();
  await actOn(shell, name, async (services, account) => {
    const verb = given === undefined ? "set_temporary_password" : "set_password";
    const { userAdministration } = services;
    const cause = causeOf(account, verb);
    const { account: user, made } =
      given === undefined
        ? await userAdministration.setTemporaryPassword(account.uuid, undefined, cause)
        : { account: await userAdministration.setPassword(account.uuid, given, cause), made: undefined };
    const told = made === undefined ? "" : `\nTemporary password: ${made}`;
    return {
      json: { user: userJson(user), temporaryPassword: made ?? null },
      text: `Set the password of ${fullName(user)}; all sessions have ended.${told}`,
    };
  });
}

export const listSessions: Act = async ({ userAdministration }, account) => {
  const sessions = (await userAdministration.sessionsOf(account.uuid)).map((session) => {
    const { browser: _browser, system: _system, ...shown } = describeSession(session);
    return shown;
  });
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
      const cause = causeOf(account, "end_session", { session: sessionId });
      await services.userAdministration.endSession(account.uuid, sessionId, cause);
      return { json: { ended: 1 }, text: `Ended the session of ${fullName(account)}.` };
    }
    const cause = causeOf(account, "end_sessions");
    const ended = await services.userAdministration.endSessions(account.uuid, cause);
    return { json: { ended }, text: `Ended all sessions of ${fullName(account)}: ${ended}.` };
  };
}

/** For a database that was restored: sessions that were revoked since the backup are valid in it. */
export async function endAllSessions(shell: Shell, confirmed: boolean): Promise<void> {
  if (!confirmed) await shell.confirm("End the sessions of all accounts?");
  await shell.tellFrom(async (services) => {
    await awaitRedis(services);
    const accounts = await services.accounts.endAllSessions();
    await recordAct(services, { action: "admin.users.end_all_sessions" });
    return { json: { accounts }, text: `Ended the sessions of all accounts: ${accounts}.` };
  });
}

export function remove(shell: Shell, confirmed: boolean): Act {
  return async (services, account) => {
    const name = fullName(account);
    if (!confirmed) await shell.confirm(`Delete ${name} permanently, with everything that belongs to it?`);
    await services.userAdministration.delete(account.uuid, causeOf(account, "delete"));
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

function causeOf({ uuid }: Account, verb: string, details?: AuditDetails): Cause {
  return operatorCause({ action: `admin.users.${verb}`, subject: uuid, details });
}

async function awaitRedis({ host: { redis } }: Services): Promise<void> {
  if (redis === undefined || redis.status === "ready") return;
  await new Promise<void>((resolve) => {
    // Without Redis the database still refuses them.
    redis.once("ready", resolve).once("error", () => resolve());
    setTimeout(resolve, REDIS_WAIT_MS).unref();
  });
}
