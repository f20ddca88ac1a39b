import type { Cause } from "../../cause.js";
import { type Change, onCommit, together } from "../../database/change.js";
import type { Audit, AuditDetails } from "../audit/service.js";

/** What every event says. */
export interface Facts {
  /** The uuid of the account that it happened to. */
  readonly subject: string;
  /** What the audit log is to say in addition to what the cause says. */
  readonly details?: AuditDetails | undefined;
}

/** A kind of event, declared by the feature in which such things happen. `F` is what is known of each. */
export interface EventKind<F extends Facts> {
  /** Such as `password.changed`. */
  readonly name: string;
  /** Never there: it carries the type. */
  readonly facts?: F;
}

/** Declares a kind of event. */
export function eventKind<F extends Facts = Facts>(name: string): EventKind<F> {
  return { name };
}

/** What a listener writes within the event's own commit; `undefined` where there is nothing to write. */
export type Listener<F extends Facts> = (facts: F, cause: Cause) => Change | undefined;

/**
 * Services say what happens, and do not know who is told. The audit log and the listeners write within the commit of the
 * change that the event tells of: all of it is written, or nothing.
 */
export interface Events {
  /** What is to be committed with a change, so that everybody who listens is told of it. */
  of<F extends Facts>(cause: Cause, kind: EventKind<F>, facts: F): Change;
  /** Has a listener told of every event of a kind. For the start, before anything happens. */
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
    // Who signs in, or sets a password with the old one, has shown who they are: then the subject is the actor.
    return audit.entry({
      ...{ action, actor, subject, address, userAgent, requestId },
      details: { ...cause.details, ...details },
    });
  };

  return {
    of(cause, kind, facts) {
      // Safe: `on` has taken them for this kind.
      const heard = (listeners.get(kind) ?? []) as ReadonlyArray<Listener<typeof facts>>;
      const written = heard.map((listener) => listener(facts, cause));
      return together(
        entry(cause, facts),
        ...written,
        onCommit(() => void told.add(cause)),
      );
    },
    on(kind, listener) {
      listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
    },
    wasTold: (cause) => told.has(cause),
  };
}
