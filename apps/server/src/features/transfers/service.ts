import type { Clock } from "../../world/clock.js";
import type { Seal } from "../../world/seal.js";
import type { Passwords } from "../credentials/service.js";
import { boundTo } from "../factors/totp/service.js";
import type { Columns } from "./columns.js";
import { type RefusalReason, type Row, readRow } from "./record.js";
import type {
  ImportBatch,
  ImportChoices,
  ImportState,
  Refusal,
  TransferredFactor,
  TransferredUser,
  TransferStore,
} from "./store.js";

export { mapColumns } from "./columns.js";
export { describeTransferred } from "./factors.js";
export { REFUSALS, type Row } from "./record.js";
export type { ImportChoices, ImportState, Refusal, TransferredFactor, TransferredUser } from "./store.js";

/** A line of a file and its row; no row if the line cannot be read, and then the fault if it is known. */
export interface SourceLine {
  readonly line: number;
  readonly row?: Row;
  readonly fault?: "KEY_REPEATED" | "VALUES_JOINED";
}

/** A file whose users are to be imported. */
export interface ImportSource extends ImportChoices {
  /** The file's digest: it identifies an import that was interrupted. */
  readonly id: string;
  readonly columns: Columns;
  /** The lines after a given one, in order. */
  lines(afterLine: number): AsyncIterable<SourceLine>;
}

/** Thrown for a sealed secret whose key is not among ours. */
export class SecretUnreadable extends Error {
  override readonly name = "SecretUnreadable";
}

/** Imports accounts from other systems, and exports them. */
export interface Transfers {
  findImport(id: string): Promise<ImportState | undefined>;
  /**
   * Imports the lines after `from`, or all of them. Each batch is completely on disk, together with the mark
   * of progress, before the next one begins; `tell` is called after each. Resolves to `undefined` if another
   * process is importing the same file. Raises `UNAVAILABLE`; what was imported until then stays.
   */
  run(
    source: ImportSource,
    from: ImportState | undefined,
    tell: (state: ImportState) => void,
  ): Promise<ImportState | undefined>;
  /** What an import refused, in line order. */
  refusals(id: string): AsyncIterable<Refusal>;
  countUsers(): Promise<number>;
  /**
   * All users as they were at one moment, with the secrets of their authenticator apps. Rejects with
   * `SecretUnreadable` if the key of one is not among ours.
   */
  readUsers(): AsyncIterable<readonly TransferredUser[]>;
  /** Forgets imports that ended long ago; resolves to how many rows were deleted. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: TransferStore;
  readonly passwords: Pick<Passwords, "judge">;
  readonly seal: Seal;
  readonly clock: Clock;
}

/** A batch holds the database lock for a few milliseconds: a running server can write in between. */
const BATCH = 500;
const PAGE = 1000;
const KEPT_DAYS = 30;

type OfFactor = (factor: TransferredFactor) => TransferredFactor;

function withFactors<U extends TransferredUser>(user: U, change: OfFactor): U {
  return user.factors === undefined ? user : { ...user, factors: user.factors.map(change) };
}

export function createTransfers({ store, passwords, seal, clock }: Deps): Transfers {
  const sealed: OfFactor = (factor) =>
    factor.kind === "totp" ? { ...factor, secret: seal.seal(factor.secret, boundTo(factor.id)) } : factor;
  const opened: OfFactor = (factor) => {
    if (factor.kind !== "totp") return factor;
    const secret = seal.open(factor.secret, boundTo(factor.id));
    if (secret === undefined) throw new SecretUnreadable();
    return { ...factor, secret };
  };

  /** Reads some lines; faults of a single row are found before the database is locked. */
  const readBatch = (lines: readonly SourceLine[], { columns, keepAdmins }: ImportSource) => {
    const users: ImportBatch["users"][number][] = [];
    const refusals: Array<Refusal & { readonly reason: RefusalReason }> = [];
    const nowMs = clock.nowMs();
    for (const { line, row, fault = "ROW_UNREADABLE" } of lines) {
      const read = row === undefined ? fault : readRow(row, { columns, keepAdmins, nowMs, passwords });
      if (typeof read === "string") refusals.push({ line, reason: read });
      else users.push({ line, user: withFactors(read, sealed) });
    }
    return { users, refusals, nowMs };
  };

  return {
    findImport: store.findImport,
    countUsers: store.countUsers,

    async *readUsers() {
      for await (const page of store.readUsers()) yield page.map((user) => withFactors(user, opened));
    },

    async run(source, from, tell) {
      const { id } = source;
      let state: ImportState | undefined = from ?? (await store.beginImport(id, source, clock.nowMs()));
      const apply = async (lines: readonly SourceLine[], isLast: boolean) => {
        if (state === undefined) return;
        const line = lines.at(-1)?.line ?? state.line;
        state = await store.applyBatch({
          id,
          afterLine: state.line,
          line,
          isLast,
          ...readBatch(lines, source),
        });
        if (state !== undefined) tell(state);
      };
      let batch: SourceLine[] = [];
      for await (const line of source.lines(state.line)) {
        batch.push(line);
        if (batch.length < BATCH) continue;
        await apply(batch, false);
        if (state === undefined) return undefined;
        batch = [];
      }
      await apply(batch, true);
      return state;
    },

    async *refusals(id) {
      for (let afterLine = 0; ; ) {
        const page = await store.listRefusals(id, { afterLine, limit: PAGE });
        const last = page.at(-1);
        if (last === undefined) return;
        yield* page;
        afterLine = last.line;
      }
    },

    deleteOver: () => store.deleteImports(clock.nowMs() - KEPT_DAYS * 24 * 60 * 60 * 1000),
  };
}
