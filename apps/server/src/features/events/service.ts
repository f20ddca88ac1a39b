import type { Cause } from "../../cause.js";
import { type Change, onCommit, together } from "../../database/change.js";
import type { Audit, AuditDetails } from "../audit/service.js";

/** What every event contains. */
export interface Facts {
  /** The uuid of the account that it happened to. */
  readonly subject: string;
  /** What the audit log records in addition to the details of the cause. */
  readonly details?: AuditDetails | undefined;
}

/** A kind of event, declared by the feature in which it happens. `F` is the type of its facts. */
export interface EventKind<F extends Facts> {
  /** Such as `password.changed`. */
  readonly name: string;
  /** Never set: it carries the type. */
  readonly facts?: F;
}

/** Declares a kind of event. */
export function eventKind<F extends Facts = Facts>(name: string): EventKind<F> {
  return { name };
}

/** What a listener writes in the event's own commit; `undefined` if there is nothing to write. */
export type Listener<F extends Facts> = (facts: F, cause: Cause) => Change | undefined;

/**
 * Services report what happens without knowing who listens. The audit log and the listeners write in the
 * commit of the change that the event describes: either all of it is written, or nothing.
 */
export interface Events {
  /**
   * What must be committed with a change, so that all listeners are told of it. It also refuses the change
   * (`ChangeRefused`) if what the cause requires is no longer true.
   */
  of<F extends Facts>(cause: Cause, kind: EventKind<F>, facts: F): Change;
  /** Registers a listener for every event of a kind. Called at start, before anything happens. */
  on<F extends Facts>(kind: EventKind<F>, listener: Listener<F>): void;
  /** Whether an event with this cause was committed. */
  wasTold(cause: Cause): boolean;
}

export function createEvents({ audit }: { readonly audit: Pick<Audit, "entry"> }): Events {
  const listeners = new Map<object, readonly unknown[]>();
  const told = new WeakSet<Cause>();

  const entry = (cause: Cause, { subject, details }: Facts) => {
    const { action, actor = subject, address, userAgent, requestId } = cause;
    if (action === undefined) return undefined;
    // A user who signs in, or sets a password with the old one, has proved who they are: the subject is the
    // actor.
    return audit.entry({
      ...{ action, actor, subject, address, userAgent, requestId },
      details: { ...cause.details, ...details },
    });
  };

  return {
    of(cause, kind, facts) {
      // Safe: `on` accepted them for this kind.
      const heard = (listeners.get(kind) ?? []) as ReadonlyArray<Listener<typeof facts>>;
      const written = heard.map((listener) => listener(facts, cause));
      return together(
        entry(cause, facts),
        ...written,
        cause.requires,
        onCommit(() => void told.add(cause)),
      );
    },
    on(kind, listener) {
      listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
    },
    wasTold: (cause) => told.has(cause),
  };
}
