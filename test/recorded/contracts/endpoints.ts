import { PASSWORD } from "../requests.js";

/** Paths of the contracts that take a body, the names of their recordings, and valid input. */
export const BODY_ENDPOINTS = [
  {
    name: "users-register",
    path: "/api/users/register",
    input: {
      email: "new@example.com",
      password: PASSWORD,
      first_name: "San",
      last_name: "Zhang",
      phone_number: "",
    },
  },
  {
    name: "users-login",
    path: "/api/users/login",
    input: { email: "ana@example.com", password: PASSWORD },
  },
  {
    name: "users-reset",
    path: "/api/users/reset_password",
    input: { email: "ana@example.com", old_password: PASSWORD, new_password: PASSWORD },
  },
  {
    name: "users-reset-alias",
    path: "/api/users/reset-password",
    input: { email: "ana@example.com", old_password: PASSWORD, new_password: PASSWORD },
  },
  {
    name: "auth-register",
    path: "/api/auth/register",
    input: { username: "new", email: "new@example.com", password: PASSWORD },
  },
  {
    name: "auth-login",
    path: "/api/auth/login",
    input: { username: "ana@example.com", password: PASSWORD },
  },
] as const;

/** Paths of the contracts that require a token and take no body. */
export const TOKEN_ENDPOINTS = [
  { name: "users-me", method: "GET", path: "/api/users/me" },
  { name: "me-alias", method: "GET", path: "/api/me" },
  { name: "users-logout", method: "POST", path: "/api/users/logout" },
  { name: "users-refresh", method: "POST", path: "/api/users/refresh_token" },
  { name: "auth-verify", method: "GET", path: "/api/auth/verify" },
] as const;

/** Every path of the contracts with its method. */
export const ENDPOINTS: ReadonlyArray<{ readonly method: string; readonly path: string }> = [
  ...BODY_ENDPOINTS.map(({ path }) => ({ method: "POST", path })),
  ...TOKEN_ENDPOINTS,
];
