import type {
  ImportBatch,
  ImportChoices,
  ImportedUser,
  ImportState,
  TakenName,
  TransferredFactor,
  TransferredPasskey,
  TransferredTotp,
  TransferredUser,
} from "./store.js";

/** A user who has one of the names of a user to be imported. */
export type Holder = Pick<
  TransferredUser,
  "uuid" | "emailKey" | "usernameKey" | "hashedPassword" | "createdAtMs"
>;

/** What a user of a file is: `new` ones are inserted, those already `present` are left alone. */
export type Verdict = "new" | "present" | TakenName;

/** Judges a user of a file, given all users who have one of their names. */
export function judgeUser(user: ImportedUser, holders: readonly Holder[]): Verdict {
  const holder = holders.find(({ emailKey }) => emailKey === user.emailKey);
  if (holder !== undefined) return isSame(holder, user) ? "present" : "EMAIL_TAKEN";
  if (holders.some(({ usernameKey }) => usernameKey === user.usernameKey)) return "USERNAME_TAKEN";
  return holders.length > 0 ? "UUID_TAKEN" : "new";
}

/** A hash is renewed at the first sign-in, and not every table has uuids or times: one match is enough. */
function isSame(holder: Holder, { uuid, hashedPassword, createdAtMs, isDated }: ImportedUser): boolean {
  return (
    holder.uuid === uuid ||
    holder.hashedPassword === hashedPassword ||
    (isDated && holder.createdAtMs === createdAtMs)
  );
}

/**
 * Whether an import may continue after a line: another process that imports the same file would have moved
 * the mark.
 */
export function mayContinue(state: ImportState | undefined, afterLine: number): state is ImportState {
  return state !== undefined && state.line === afterLine && !state.finished;
}

/** The progress of an import after a batch of lines. */
export function advanced(
  before: ImportState,
  { line, isLast, refusals }: Pick<ImportBatch, "line" | "isLast" | "refusals">,
  verdicts: readonly Verdict[],
): ImportState {
  const imported = verdicts.filter((verdict) => verdict === "new").length;
  const present = verdicts.filter((verdict) => verdict === "present").length;
  return {
    ...before,
    line,
    imported: before.imported + imported,
    present: before.present + present,
    refused: before.refused + refusals.length + verdicts.length - imported - present,
    finished: isLast,
  };
}

/** The second factors of users, by the rows of the users. */
export type FactorsByUser = ReadonlyMap<number, readonly TransferredFactor[]>;

type Row<F> = Omit<F, "kind"> & { readonly userId: number };

/** Sorts rows of second factors by their users; authenticator apps come first. */
export function factorsByUser(
  apps: ReadonlyArray<Row<TransferredTotp>>,
  passkeys: ReadonlyArray<Row<TransferredPasskey>>,
): FactorsByUser {
  const sorted = new Map<number, TransferredFactor[]>();
  const add = (userId: number, factor: TransferredFactor) => {
    const known = sorted.get(userId);
    if (known === undefined) sorted.set(userId, [factor]);
    else known.push(factor);
  };
  for (const { userId, id, name, secret, createdAtMs } of apps) {
    add(userId, { kind: "totp", id, name, secret, createdAtMs });
  }
  for (const { userId, id, name, spki, algorithm, rpId, counter, ...more } of passkeys) {
    const { isUserVerified, backupEligible, backedUp, transports, aaguid, createdAtMs } = more;
    const flags = { isUserVerified, backupEligible, backedUp };
    const key = { id, name, spki, algorithm, rpId, counter, ...flags, transports, aaguid, createdAtMs };
    add(userId, { kind: "passkey", ...key });
  }
  return sorted;
}

/** What a user's record says of its second factors: nothing if there are none. */
export function factorsOf(all: FactorsByUser, userId: number): Pick<TransferredUser, "factors"> {
  const factors = all.get(userId);
  return factors === undefined ? {} : { factors };
}

/** An import that has not begun. */
export function atTheBeginning({ keepAdmins, format, hashParameters }: ImportChoices): ImportState {
  return {
    keepAdmins,
    format,
    hashParameters,
    line: 0,
    imported: 0,
    present: 0,
    refused: 0,
    finished: false,
  };
}
