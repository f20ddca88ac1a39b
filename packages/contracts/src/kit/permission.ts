/**
 * What a principal may do, whatever it is: a session today.
 * - `account`: read and change the account that it belongs to;
 * - the others: look after other accounts, read the audit log, read the outbox. Administrators have all of them.
 */
export const PERMISSIONS = ["account", "users:read", "users:write", "audit:read", "mail:read"] as const;

export type Permission = (typeof PERMISSIONS)[number];
