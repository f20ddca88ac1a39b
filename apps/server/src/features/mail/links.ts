/** The pages of the frontend that mails lead to. */
export type LinkPath = "recovery" | "verification" | "email";

/** A link to a page of the frontend, with a one-time secret. */
export type LinkTo = (path: LinkPath, secret: string) => string;

const DEVELOPMENT_URL = "http://localhost:3000";

/** The secret stands behind the `#`: browsers send it to no server, and no log has it. */
export function createLinkTo(appUrl = DEVELOPMENT_URL): LinkTo {
  return (path, secret) => `${appUrl}/${path}#secret=${secret}`;
}
