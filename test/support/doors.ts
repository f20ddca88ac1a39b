import { codeAt, stepAt } from "../../apps/server/src/features/factors/totp/code.js";
import { fromStored } from "../../apps/server/src/features/factors/totp/otpauth.js";
import { freshEmail, PASSWORD, registerUser, send } from "./rest.js";
import { call } from "./trpc.js";

/** A server, and its time. */
export interface Doorstep {
  readonly url: string;
  nowMs(): number;
}

/** Someone with an account, and what they can give as a second factor. */
export interface Visitor {
  readonly email: string;
  readonly password: string;
  /** The secret of an authenticator app; absent if there is none. */
  readonly secret?: string;
  readonly recoveryCodes?: readonly string[];
}

/** What came of an attempt to sign in. */
export interface Entry {
  readonly status: number;
  readonly text: string;
  /** The token of the session, if one began. */
  readonly token: string | undefined;
  /** The factors that the answer's header names. */
  readonly factors: string | null;
}

/** A way to sign in with a password. */
export interface Door {
  readonly name: string;
  /** The procedures that it calls. */
  readonly procedures: readonly string[];
  /** The bodies of the two API documents that refuse someone without a factor, and with a wrong one. */
  readonly fixed?: { readonly required: string; readonly wrong: string };
  enter(at: Doorstep, who: Visitor, code?: string): Promise<Entry>;
}

const CODE = "Latchkey-Code";
const withCode = (code: string | undefined) => (code === undefined ? {} : { [CODE]: code });

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  readonly json: any;
}

function entry({ status, headers, text, json }: Answered): Entry {
  const output = json?.result?.data ?? json?.data ?? json;
  const cookie = /^__Host-[^=]+=([^;]+);/.exec(headers.get("set-cookie") ?? "")?.[1];
  const token = cookie ?? (output?.token || output?.access_token || undefined);
  return { status, text, token, factors: headers.get("latchkey-factors") };
}

const USERS = {
  required: '{"detail":"Second factor required"}',
  wrong: '{"detail":"Second factor is wrong"}',
};
const AUTH = { required: '{"detail":"需要第二步验证"}', wrong: '{"detail":"第二步验证错误"}' };
const OWN_PAGE = { "Latchkey-Session": "cookie", "Sec-Fetch-Site": "same-origin" };

/** The password, and a code in the header of the same call. */
function inOneCall(
  procedure: string,
  path: string,
  { fixed, cookie = false }: { readonly fixed?: Door["fixed"]; readonly cookie?: boolean } = {},
): Door[] {
  const input = (who: Visitor) => ({
    ...(procedure.startsWith("users.") ? { email: who.email } : { username: who.email }),
    password: who.password,
  });
  const kept = cookie ? OWN_PAGE : {};
  const suffix = cookie ? ", in a cookie" : "";
  return [
    {
      name: `POST ${path}${suffix}`,
      procedures: [procedure],
      ...(fixed && { fixed }),
      enter: async (at, who, code) =>
        entry(await send(at, "POST", path, { json: input(who), headers: { ...withCode(code), ...kept } })),
    },
    {
      name: `tRPC ${procedure}${suffix}`,
      procedures: [procedure],
      enter: async (at, who, code) =>
        entry(
          await call(at, "mutation", procedure, {
            input: input(who),
            headers: { ...withCode(code), ...kept },
          }),
        ),
    },
  ];
}

/** The password first, then the factor with the ticket that the refusal brings. */
function inTwoCalls(over: "REST" | "tRPC", procedure: string): Door {
  const input = ({ email, password }: Visitor) =>
    procedure === "users.login" ? { email, password } : { username: email, password };
  return {
    name: `${over} ${procedure}, then signIn.factor`,
    procedures: [procedure, "signIn.factor"],
    async enter(at, who, code) {
      const isRest = over === "REST";
      const first = isRest
        ? await send(at, "POST", "/api/v1/sign-in/password", { json: input(who) })
        : await call(at, "mutation", procedure, { input: input(who) });
      const ticket = (isRest ? first.json.error : first.json.error?.data)?.next?.ticket;
      if (code === undefined || ticket === undefined) return entry(first);
      const kind = /^\d{6}$/.test(code) ? "totp" : "recoveryCode";
      const given = { ticket, factor: { kind, code } };
      return entry(
        isRest
          ? await send(at, "POST", "/api/v1/sign-in/factor", { json: given })
          : await call(at, "mutation", "signIn.factor", { input: given }),
      );
    },
  };
}

/** Every door that a password opens. */
export const DOORS: readonly Door[] = [
  ...inOneCall("users.login", "/api/users/login", { fixed: USERS }),
  ...inOneCall("auth.login", "/api/auth/login", { fixed: AUTH }),
  ...inOneCall("signIn.password", "/api/v1/sign-in/password"),
  ...inOneCall("users.login", "/api/users/login", { fixed: USERS, cookie: true }),
  ...inOneCall("signIn.password", "/api/v1/sign-in/password", { cookie: true }),
  inTwoCalls("REST", "signIn.password"),
  inTwoCalls("tRPC", "signIn.password"),
  inTwoCalls("tRPC", "users.login"),
  inTwoCalls("tRPC", "auth.login"),
];

/** Procedures that return a session's token, but are no doors for a password. */
export const OTHER_DOORS: Readonly<Record<string, string>> = {
  "users.refreshToken": "continues a session",
  "auth.register": "begins with the account, which has no factors yet",
  "signIn.finish": "ends a sign-in in which a factor was added",
  "passkeys.signIn": "a passkey that has verified its user is two factors",
  "emailCode.complete": "a mailed code or link in place of the password",
};

/** Registers an account without a second factor. */
export async function newVisitor(at: Doorstep): Promise<Visitor> {
  const email = await registerUser(at, freshEmail());
  return { email, password: PASSWORD };
}

/** Adds an authenticator app to the account that a token, or the ticket of a sign-in, is for. */
export async function enrol(at: Doorstep, who: Visitor, bearer: string): Promise<Visitor> {
  const path = "/api/v1/account/factors/totp";
  const begun = await send(at, "POST", path, { token: bearer, json: { name: "App" } });
  if (begun.status !== 200) throw new Error(begun.text);
  const { id, secret } = begun.json;
  // The code of the step before, so that the present one is still to be used.
  const json = { code: codeOf(at, secret, -1) };
  const confirmed = await send(at, "POST", `${path}/${id}/confirm`, { token: bearer, json });
  if (confirmed.status !== 200) throw new Error(confirmed.text);
  const { recoveryCodes } = confirmed.json;
  return { ...who, secret, ...(recoveryCodes && { recoveryCodes }) };
}

/** Registers an account that has an authenticator app and recovery codes. */
export async function newVisitorWithApp(at: Doorstep): Promise<Visitor> {
  const who = await newVisitor(at);
  const json = { email: who.email, password: who.password };
  const signedIn = await send(at, "POST", "/api/users/login", { json });
  return enrol(at, who, signedIn.json.access_token);
}

/** The code that an authenticator app shows, `around` so many steps from now. */
export function codeOf(at: Doorstep, base32: string, around = 0): string {
  const secret = fromStored(base32);
  if (secret === undefined) throw new Error("not a secret");
  return codeAt(secret, stepAt(secret, at.nowMs()) + around);
}

/** Six digits that the app shows neither now nor in the steps beside. */
export function wrongCode(at: Doorstep, base32: string): string {
  const right = [-2, -1, 0, 1, 2].map((around) => codeOf(at, base32, around));
  for (let code = 111_111; ; code++) if (!right.includes(String(code))) return String(code);
}
