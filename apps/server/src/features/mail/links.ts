/** A link to a page of the frontend, with a one-time secret. */
export type LinkTo = (path: string, secret: string) => string;

const DEVELOPMENT_URL = "http://localhost:3000";

/** The secret follows the `#`: browsers do not send that part to servers, so it is in no log. */
export function createLinkTo(appUrl = DEVELOPMENT_URL): LinkTo {
  return (path, secret) => `${appUrl}/${path}#secret=${secret}`;
}
