import type {
  Account,
  AccountConfirmed,
  AccountConfirmInput,
  AccountUpdateInput,
  AuthUser,
  EmailChangeInput,
  EmailCompleteInput,
  InvitationAcceptInput,
  RecoveryCompleteInput,
  RecoveryRequestInput,
  Rpc,
  VerificationCompleteInput,
} from "./api.generated.js";
import { quietly } from "./failure.js";
import type { Holder } from "./holder.js";
import type { ErrorCodeOf } from "./inference.js";
import { attempt, type Result } from "./result.js";

/** What a user does with an account, beyond sessions. Links in mails end in `#secret=…`. */
export interface AccountVerbs {
  /** Sets a new password, using the old one, and ends all other sessions of the account. */
  changePassword(input: {
    readonly oldPassword: string;
    readonly newPassword: string;
  }): Promise<Result<void, ErrorCodeOf<"account.changePassword">>>;
  /**
   * Notes that the user has entered the password again. For 10 minutes, the session may then do what fails
   * with `REAUTHENTICATION_REQUIRED` otherwise.
   */
  confirmPassword(
    input: AccountConfirmInput,
  ): Promise<Result<AccountConfirmed, ErrorCodeOf<"account.confirm">>>;
  /**
   * The same with the password, or with a second factor if the account has one: `REAUTHENTICATION_REQUIRED`
   * says in its `next.factors` what can be given.
   */
  confirm(input: AccountConfirmInput): Promise<Result<AccountConfirmed, ErrorCodeOf<"account.confirm">>>;
  /** Mails a link to `/recovery`, for a forgotten password. Succeeds even if there is no such account. */
  requestRecovery(input: RecoveryRequestInput): Promise<Result<void, ErrorCodeOf<"recovery.request">>>;
  /** Sets a new password with the secret of that link, and ends all sessions of the account. */
  completeRecovery(input: RecoveryCompleteInput): Promise<Result<void, ErrorCodeOf<"recovery.complete">>>;
  /** Mails a link to `/verification`, which confirms the user's address. */
  requestVerification(): Promise<Result<void, ErrorCodeOf<"verification.request">>>;
  /**
   * Confirms the address with the secret of that link. `NEW_PASSWORD_REQUIRED` if this may not be the owner's
   * browser: ask for a new password, and repeat the call with `newPassword`, which ends all sessions of the
   * account.
   */
  completeVerification(
    input: VerificationCompleteInput,
  ): Promise<Result<void, ErrorCodeOf<"verification.complete">>>;
  /** Mails a link to `/email` to a different address. Until it is used, nothing changes. */
  changeEmail(input: EmailChangeInput): Promise<Result<void, ErrorCodeOf<"email.change">>>;
  /** Changes the address with the secret of that link. */
  completeEmailChange(input: EmailCompleteInput): Promise<Result<void, ErrorCodeOf<"email.complete">>>;
  /**
   * Creates an account with the secret of a link to `/invitation`. Its user then signs in, with the invited
   * address or with the `username` that was chosen.
   */
  acceptInvitation(input: InvitationAcceptInput): Promise<Result<void, ErrorCodeOf<"invitations.accept">>>;
  /** Changes names, phone number, language or username. What is left out stays, and `null` clears it. */
  updateAccount(input: AccountUpdateInput): Promise<Result<Account, ErrorCodeOf<"account.update">>>;
  /** Deletes the account for good, and signs out. */
  deleteAccount(): Promise<Result<void, ErrorCodeOf<"account.delete">>>;
}

interface Deps {
  readonly holder: Holder;
  readonly rpc: Rpc;
  /** Asks the server who is signed in. */
  readonly askUser: () => Promise<AuthUser>;
}

export function createAccountVerbs({ holder, rpc, askUser }: Deps): AccountVerbs {
  /** The session may be over or its user may have changed: the state must say so at once. */
  const andLook = async <Data>(call: Promise<Data>): Promise<Data> => {
    const data = await call;
    if (holder.held() !== undefined) await quietly(askUser());
    return data;
  };
  const andLeave = async (call: Promise<void>): Promise<void> => {
    const of = holder.held();
    await call;
    if (holder.held()?.id === of?.id) holder.drop("signed-out");
  };
  const confirm: AccountVerbs["confirm"] = (input) => attempt(rpc.account.confirm.mutate(input));
  return {
    changePassword: (input) => attempt(rpc.account.changePassword.mutate(input)),
    confirmPassword: confirm,
    confirm,
    requestRecovery: (input) => attempt(rpc.recovery.request.mutate(input)),
    completeRecovery: (input) => attempt(andLook(rpc.recovery.complete.mutate(input))),
    requestVerification: () => attempt(rpc.verification.request.mutate()),
    completeVerification: (input) => attempt(andLook(rpc.verification.complete.mutate(input))),
    changeEmail: (input) => attempt(rpc.email.change.mutate(input)),
    completeEmailChange: (input) => attempt(andLook(rpc.email.complete.mutate(input))),
    acceptInvitation: (input) => attempt(rpc.invitations.accept.mutate(input)),
    updateAccount: (input) => attempt(andLook(rpc.account.update.mutate(input))),
    deleteAccount: () => attempt(andLeave(rpc.account.delete.mutate())),
  };
}
