"use client";

import { unstable_rethrow } from "next/navigation";
import { type ReactNode, type SubmitEvent, useActionState, useState, useTransition } from "react";
import type { FormState } from "../app/actions";
import { useTexts } from "./provider";

interface FormProps {
  readonly action: (before: FormState, form: FormData) => Promise<FormState>;
  readonly button: string;
  /** What it says when the action cannot be reached; by default only that. */
  readonly unreachable?: string;
  readonly children?: (state: FormState) => ReactNode;
}

/**
 * A form that a server action answers. It is sent once, however often the user presses Enter, and keeps its
 * input: React's own `action` would clear it, and show Next.js's error page if the action cannot be reached.
 */
export function Form({ action, button, unreachable, children }: FormProps) {
  const texts = useTexts();
  // The form's own `action` serves browsers without scripts.
  const [posted, post] = useActionState(action, {});
  const [answered, setAnswered] = useState<FormState>();
  const [isPending, startTransition] = useTransition();
  const state = answered ?? posted;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isPending) return;
    const form = new FormData(event.currentTarget);
    startTransition(async () => {
      try {
        setAnswered(await action(state, form));
      } catch (error) {
        // Next.js redirects by throwing.
        unstable_rethrow(error);
        setAnswered({ fault: unreachable ?? texts.unreachable });
      }
    });
  };
  return (
    <form action={post} onSubmit={submit} aria-busy={isPending}>
      {children?.(state)}
      <p role="alert" className="fault">
        {state.fault}
      </p>
      {/* Not `disabled`, which would take the focus away. */}
      <button type="submit" aria-disabled={isPending}>
        {isPending ? texts.busy : button}
      </button>
    </form>
  );
}
