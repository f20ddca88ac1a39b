/** The kind of a body's field, as far as the rules differ. */
export type FieldKind = "address" | "username" | "newPassword" | "attempt" | "personal";

export interface BodyEndpoint {
  readonly path: string;
  /** In the order in which errors are reported. */
  readonly fields: Readonly<Record<string, FieldKind>>;
}

export const BODY_ENDPOINTS: readonly BodyEndpoint[] = [
  {
    path: "/api/users/register",
    fields: {
      email: "address",
      password: "newPassword",
      first_name: "personal",
      last_name: "personal",
      phone_number: "personal",
    },
  },
  { path: "/api/users/login", fields: { email: "attempt", password: "attempt" } },
  {
    path: "/api/users/reset_password",
    fields: { email: "address", old_password: "attempt", new_password: "newPassword" },
  },
  {
    path: "/api/auth/register",
    fields: { username: "username", email: "address", password: "newPassword" },
  },
  { path: "/api/auth/login", fields: { username: "attempt", password: "attempt" } },
];
