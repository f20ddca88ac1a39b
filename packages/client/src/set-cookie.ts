/** The name of the cookie that holds the token, the same as on the server. */
export const SESSION_COOKIE = "__Host-latchkey";
/** The name of the cookie that makes this a trusted device. */
export const DEVICE_COOKIE = `${SESSION_COOKIE}-device`;

/** A cookie as frameworks set it. */
export interface CookieToSet {
  readonly name: string;
  /** Empty to delete it. */
  readonly value: string;
  readonly options: {
    readonly path: "/";
    readonly httpOnly: true;
    readonly secure: true;
    readonly sameSite: "lax";
    /** In seconds. */
    readonly maxAge: number;
    /** To delete it: some frameworks lose a `maxAge` of 0 on the way. */
    readonly expires?: Date;
  };
}

/**
 * The cookie of this name that an answer of the server sets or deletes. Other cookies, which a proxy may set,
 * are ignored.
 */
export function cookieSetBy(answer: Response, name = SESSION_COOKIE): CookieToSet | undefined {
  const set = new RegExp(`^${name}=([^;]*);.*?Max-Age=(\\d+)`);
  const cookies = answer.headers.getSetCookie().map((cookie) => set.exec(cookie));
  const [, value, maxAge] = cookies.find((cookie) => cookie !== null) ?? [];
  if (value === undefined) return undefined;
  const options = {
    path: "/",
    httpOnly: true,
    secure: true,
    sameSite: "lax",
    maxAge: Number(maxAge),
    ...(value === "" && { expires: new Date(0) }),
  } as const;
  return { name, value, options };
}
