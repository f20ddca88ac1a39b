/** Every path of the contract, with its method and what it is. */
export const ENDPOINTS = [
  { method: "POST", path: "/api/users/register", access: "public", body: true },
  { method: "POST", path: "/api/users/login", access: "public", body: true },
  { method: "GET", path: "/api/users/me", access: "token", body: false },
  { method: "GET", path: "/api/me", access: "token", body: false },
  { method: "POST", path: "/api/users/logout", access: "token", body: false },
  { method: "POST", path: "/api/users/refresh_token", access: "token", body: false },
  { method: "POST", path: "/api/users/reset_password", access: "public", body: true },
  { method: "POST", path: "/api/users/reset-password", access: "public", body: true },
  { method: "POST", path: "/api/auth/register", access: "public", body: true },
  { method: "POST", path: "/api/auth/login", access: "public", body: true },
  { method: "GET", path: "/api/auth/verify", access: "token", body: false },
] as const;

/** The fields of a body, in the order in which their faults are named. */
export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  "/api/users/register": ["email", "password", "first_name", "last_name", "phone_number"],
  "/api/users/login": ["email", "password"],
  "/api/users/reset_password": ["email", "old_password", "new_password"],
  "/api/users/reset-password": ["email", "old_password", "new_password"],
  "/api/auth/register": ["username", "email", "password"],
  "/api/auth/login": ["username", "password"],
};

/** The status of a body that does not fit. */
export const faultStatus = (path: string) => (path.includes("reset") ? 400 : 422);
