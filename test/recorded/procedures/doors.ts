import type { Header, WireRequest } from "../wire.js";

/** The procedures that have a path under `/api/v1`; those of the two contracts are called over tRPC only. */
const PATHS: Readonly<Record<string, string>> = {
  "account.get": "GET /api/v1/account",
  "account.update": "PATCH /api/v1/account",
  "account.changePassword": "POST /api/v1/account/password",
  "account.confirm": "POST /api/v1/account/confirm",
  "account.exportData": "GET /api/v1/account/data",
  "account.delete": "DELETE /api/v1/account",
  "signIn.password": "POST /api/v1/sign-in/password",
  "signIn.factor": "POST /api/v1/sign-in/factor",
  "emailCode.request": "POST /api/v1/sign-in/email-code/request",
  "emailCode.complete": "POST /api/v1/sign-in/email-code/complete",
  "emailCode.send": "POST /api/v1/sign-in/email-code/send",
  "emailCode.sendToConfirm": "POST /api/v1/account/email-code",
  "trustedDevices.list": "GET /api/v1/account/devices",
  "trustedDevices.forget": "DELETE /api/v1/account/devices/{id}",
  "trustedDevices.forgetAll": "POST /api/v1/account/devices/forget-all",
  "signIn.finish": "POST /api/v1/sign-in/finish",
  "factors.list": "GET /api/v1/account/factors",
  "factors.rename": "PATCH /api/v1/account/factors/{id}",
  "factors.remove": "DELETE /api/v1/account/factors/{id}",
  "totp.begin": "POST /api/v1/account/factors/totp",
  "totp.confirm": "POST /api/v1/account/factors/totp/{id}/confirm",
  "recoveryCodes.renew": "POST /api/v1/account/recovery-codes",
  "sessions.list": "GET /api/v1/sessions",
  "sessions.end": "DELETE /api/v1/sessions/{id}",
  "sessions.endOthers": "POST /api/v1/sessions/end-others",
  "sessions.endAll": "POST /api/v1/sessions/end-all",
  "recovery.request": "POST /api/v1/recovery/request",
  "recovery.complete": "POST /api/v1/recovery/complete",
  "verification.request": "POST /api/v1/verification/request",
  "verification.complete": "POST /api/v1/verification/complete",
  "email.change": "POST /api/v1/email/change",
  "email.complete": "POST /api/v1/email/complete",
  "invitations.accept": "POST /api/v1/invitations/accept",
  "passwords.strength": "POST /api/v1/passwords/strength",
  "passkeys.signInOptions": "POST /api/v1/sign-in/passkey/options",
  "passkeys.signIn": "POST /api/v1/sign-in/passkey",
  "passkeys.factorOptions": "POST /api/v1/sign-in/factor/passkey/options",
  "passkeys.confirmOptions": "POST /api/v1/account/confirm/passkey/options",
  "passkeys.registrationOptions": "POST /api/v1/account/factors/passkeys/options",
  "passkeys.register": "POST /api/v1/account/factors/passkeys",
  "passkeys.list": "GET /api/v1/account/factors/passkeys",
  "adminUsers.list": "GET /api/v1/admin/users",
  "adminUsers.get": "GET /api/v1/admin/users/{id}",
  "adminUsers.create": "POST /api/v1/admin/users",
  "adminUsers.update": "PATCH /api/v1/admin/users/{id}",
  "adminUsers.disable": "POST /api/v1/admin/users/{id}/disable",
  "adminUsers.enable": "POST /api/v1/admin/users/{id}/enable",
  "adminUsers.setTemporaryPassword": "POST /api/v1/admin/users/{id}/temporary-password",
  "adminUsers.factors": "GET /api/v1/admin/users/{id}/factors",
  "adminUsers.resetFactors": "POST /api/v1/admin/users/{id}/factors/reset",
  "adminUsers.sessions": "GET /api/v1/admin/users/{id}/sessions",
  "adminUsers.endSession": "DELETE /api/v1/admin/users/{id}/sessions/{sessionId}",
  "adminUsers.endSessions": "POST /api/v1/admin/users/{id}/end-sessions",
  "adminUsers.delete": "DELETE /api/v1/admin/users/{id}",
  "adminInvitations.list": "GET /api/v1/admin/invitations",
  "adminInvitations.create": "POST /api/v1/admin/invitations",
  "adminInvitations.resend": "POST /api/v1/admin/invitations/{id}/resend",
  "adminInvitations.withdraw": "DELETE /api/v1/admin/invitations/{id}",
  "adminAudit.list": "GET /api/v1/admin/audit",
  "adminMail.list": "GET /api/v1/admin/mail",
};

/** Queries of the two contracts. */
const QUERIES = new Set(["users.me", "auth.verify"]);

type Input = Readonly<Record<string, unknown>>;

/** Makes the request that calls a procedure through one door. */
export interface Door {
  readonly door: "v1" | "trpc";
  call(procedure: string, input?: Input, ...headers: readonly Header[]): WireRequest;
}

const rest: Door = {
  door: "v1",
  call(procedure, input, ...headers) {
    const [method = "", pattern = ""] = PATHS[procedure]?.split(" ") ?? [];
    const inPath = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, key = ""]) => key);
    const path = inPath.reduce((so, key) => so.replace(`{${key}}`, String(input?.[key])), pattern);
    const others = Object.entries(input ?? {}).filter(([key]) => !inPath.includes(key));
    if (method === "POST" || method === "PATCH") {
      const json = input === undefined ? {} : { json: Object.fromEntries(others) };
      return { method, target: path, headers, ...json };
    }
    const query = new URLSearchParams(
      others.map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    return { method, target: query === "" ? path : `${path}?${query}`, headers };
  },
};

const trpc: Door = {
  door: "trpc",
  call(procedure, input, ...headers) {
    const isQuery = PATHS[procedure]?.startsWith("GET ") || QUERIES.has(procedure);
    if (!isQuery) return { method: "POST", target: `/trpc/${procedure}`, headers, json: input ?? {} };
    const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    return { method: "GET", target: `/trpc/${procedure}${query}`, headers };
  },
};

export const DOORS: readonly Door[] = [rest, trpc];
export { rest as v1, trpc };
