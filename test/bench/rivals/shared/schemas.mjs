const text = { type: "string" };
const maybeText = { type: ["string", "null"] };
export const object = (
  /** @type {Record<string, object>} */ properties,
  required = Object.keys(properties),
) => ({
  type: "object",
  properties,
  required,
});
const USER = object({ id: text, username: text, email: text, created_at: text, updated_at: text });

/** The answers of all rivals in Fastify. */
export const PROFILE = object({
  email: text,
  first_name: maybeText,
  last_name: maybeText,
  phone_number: maybeText,
});
export const SIGNED_IN = object({ user: USER, token: text });
export const VERIFIED = object({ success: { type: "boolean" }, message: text, data: USER });
export const TOKEN = object({ access_token: text, token_type: text, expires_in: { type: "integer" } });
