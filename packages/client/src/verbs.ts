import type {
  AuthLoginInput,
  AuthRegisterInput,
  AuthUser,
  EndedSessions,
  Rpc,
  SignedIn,
  UsersRegisterInput,
} from "./api.generated.js";
import type { Clock } from "./clock.js";
import type { Holder } from "./holder.js";
import type { ErrorCodeOf } from "./inference.js";
import type { Keeper } from "./keeper.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Refresh } from "./refresh.js";
import { attempt, ClientError, type Result } from "./result.js";

/** A session as a program may look at it. */
export interface Session {
  readonly user: AuthUser;
  /** For requests to other servers that accept it; absent where a cookie holds it. It changes with every refresh. */
  readonly token: string | undefined;
  /** How long the token still gives access, counted here. */
  readonly expiresInMs: number;
}

/** What a user does with an account. Every verb gives expected failures as values. */
export interface Verbs {
  /** Registers an account by username and address, and signs it in. */
  signUp(input: AuthRegisterInput): Promise<Result<AuthUser, ErrorCodeOf<"auth.register">>>;
  /** Registers an account by its address, with names and a telephone number, and signs it in. */
  signUp(
    input: UsersRegisterInput,
  ): Promise<Result<AuthUser, ErrorCodeOf<"users.register"> | ErrorCodeOf<"auth.login">>>;
  /** Signs in with a username or an address. */
  signIn(input: AuthLoginInput): Promise<Result<AuthUser, ErrorCodeOf<"auth.login">>>;
  /**
   * Signs out in all tabs of this browser, at once and also offline. `isTold` says whether the server knows already;
   * else it is told as soon as it can be reached, for some minutes.
   */
  signOut(options?: { readonly scope?: "local" }): Promise<Result<{ readonly isTold: boolean }, never>>;
  /**
   * Ends the sessions of all `"others"`, or all sessions, this one among them (`"global"`). Nothing is changed where the
   * server cannot be asked.
   */
  signOut(options: {
    readonly scope: "others" | "global";
  }): Promise<Result<EndedSessions, ErrorCodeOf<"sessions.endOthers" | "sessions.endAll">>>;
  /** Asks the server who is signed in. */
  getUser(): Promise<Result<AuthUser, ErrorCodeOf<"auth.verify">>>;
  /** The session, with a token that still gives access: it is refreshed first where it does not. `null` without one. */
  getSession(): Promise<Result<Session | null, ErrorCodeOf<"users.refreshToken">>>;
  /** Exchanges the token now. It is done by itself in time: this is for what must not wait, such as a changed username. */
  refresh(): Promise<Result<Session, ErrorCodeOf<"users.refreshToken">>>;
  /** Sets a new password with the old one, and ends all other sessions of the account. */
  changePassword(input: {
    readonly oldPassword: string;
    readonly newPassword: string;
  }): Promise<Result<void, ErrorCodeOf<"account.changePassword">>>;
}

interface Deps {
  readonly holder: Holder;
  readonly refresh: Refresh;
  readonly keeper: Keeper;
  readonly clock: Clock;
  /** The procedures in the name of whoever is about to have a session. */
  readonly open: Rpc;
  /** The procedures in the name of the session in hand. */
  readonly rpc: Rpc;
  /** Tells the server that a session is over; resolves to whether it knows already. */
  readonly farewell: (kept: Kept) => Promise<boolean>;
  readonly note: LeaveNote | undefined;
  readonly started: Promise<void>;
}

export function createVerbs(deps: Deps): Verbs {
  const { holder, refresh, keeper, clock, open, rpc, farewell, note, started } = deps;

  const begin = async (answer: () => Promise<SignedIn>): Promise<AuthUser> => {
    // The cookie that comes last stays: a successor on its way would replace the session that begins.
    if (keeper.isShared) await refresh.settled();
    const { token, user } = await answer();
    await started;
    const before = holder.held();
    note?.forget();
    holder.keep(keptNow(keeper.keep(token), user, { receivedAtMs: clock.wallMs() }));
    // Nobody has the token of the session that stood here before: it must not live on. Without that token nothing can be
    // said in its name, and it ends by itself.
    if (before !== undefined && !keeper.isShared) void farewell(before);
    return user;
  };
  const enter = (answer: () => Promise<SignedIn>): Promise<AuthUser> => {
    const entering = begin(answer);
    note?.waitFor(entering);
    return entering;
  };

  const present = (): Session => {
    const held = holder.held();
    if (held === undefined) throw new ClientError("TOKEN_MISSING", "Nobody is signed in.");
    return { user: held.user, token: held.token, expiresInMs: holder.remainingMs(held) };
  };

  const register = async (input: UsersRegisterInput): Promise<SignedIn> => {
    await open.users.register.mutate(input);
    return open.auth.login.mutate({ username: input.email, password: input.password });
  };

  return {
    // Safe: what is called for each kind of input fails with the codes that are stated for it.
    signUp: ((input: AuthRegisterInput | UsersRegisterInput) =>
      attempt(
        enter(() => ("username" in input ? open.auth.register.mutate(input) : register(input))),
      )) as Verbs["signUp"],

    signIn: (input) => attempt(enter(() => open.auth.login.mutate(input))),

    // Safe: what is called for each scope gives and fails with what is stated for it.
    signOut: (async ({ scope = "local" }: { readonly scope?: "local" | "others" | "global" } = {}) => {
      await started;
      if (scope === "others") return attempt(rpc.sessions.endOthers.mutate());
      if (scope === "global") {
        const ended = await attempt(rpc.sessions.endAll.mutate());
        if (ended.error === null) holder.drop("signed-out");
        return ended;
      }
      const held = holder.held();
      holder.drop("signed-out");
      return { data: { isTold: held === undefined || (await farewell(held)) }, error: null };
    }) as Verbs["signOut"],

    getUser: () =>
      attempt(
        rpc.auth.verify.query().then(async (user) => {
          await holder.know(user);
          return user;
        }),
      ),

    async getSession() {
      await started;
      const caughtUp = await attempt<void, ErrorCodeOf<"users.refreshToken">>(refresh.catchUp());
      const held = holder.held();
      if (held === undefined) return { data: null, error: null };
      // Where an exchange ahead of time has failed, the token is still good.
      const isGood = caughtUp.error === null || holder.remainingMs(held) > 0;
      return isGood ? { data: present(), error: null } : caughtUp;
    },

    refresh: () =>
      attempt(
        (async () => {
          await started;
          present();
          await refresh.exchange();
          return present();
        })(),
      ),

    changePassword: (input) => attempt(rpc.account.changePassword.mutate(input)),
  };
}
