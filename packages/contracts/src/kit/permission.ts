/**
 * What a principal may do, whatever kind it is; today there are only sessions.
 * - `account`: read and change its own account;
 * - the others: manage other accounts, read the audit log, read the outbox. Administrators have all of them.
 */
export const PERMISSIONS = ["account", "users:read", "users:write", "audit:read", "mail:read"] as const;

export type Permission = (typeof PERMISSIONS)[number];
