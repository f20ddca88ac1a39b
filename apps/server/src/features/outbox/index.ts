import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { createCountOutcome } from "./count.js";
import type { Decider, DeliveryDeps } from "./delivery.js";
import { createOutbox, type Outbox } from "./service.js";
import type { MailStore } from "./store.js";
import { postgresMailStore } from "./store.postgres.js";
import { sqliteMailStore } from "./store.sqlite.js";
import { type MailServer, smtpTransport } from "./transport.js";
import { createMailWorker, type MailWorker } from "./worker.js";

interface OutboxSettings {
  /** `log` means that there is none. */
  readonly server: MailServer | "log";
  readonly from: string | undefined;
  readonly retentionDays: number;
}

const DAY_MS = 24 * 60 * 60_000;

export interface OutboxFeature {
  readonly outbox: Outbox;
  /** What sends the mails. It must be started explicitly, because commands open features too. */
  openWorker(
    how: Pick<DeliveryDeps, "render" | "mayBeSent"> & { readonly deciders: readonly Decider[] },
  ): MailWorker;
  close(): void;
}

export function openMailStore(database: Database): MailStore {
  return database.storeOf({ sqlite: sqliteMailStore, postgres: postgresMailStore });
}

export function openOutbox(
  { database, clock, log, metrics }: Host,
  { server, from = "latchkey@localhost", retentionDays }: OutboxSettings,
): OutboxFeature {
  const transport = server === "log" ? undefined : smtpTransport(server, from);
  const deps = { store: openMailStore(database), transport, clock, log };
  return {
    outbox: createOutbox({ ...deps, retentionMs: retentionDays * DAY_MS }),
    openWorker: ({ deciders, ...how }) =>
      createMailWorker({
        ...deps,
        ...how,
        deciders: new Map(deciders.map(({ template, decide }) => [template, decide])),
        countOutcome: createCountOutcome(metrics),
      }),
    close: () => transport?.close(),
  };
}
