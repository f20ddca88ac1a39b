"use client";

import { type ReactNode, type SubmitEvent, useActionState } from "react";
import type { FormState } from "../app/actions";
import { useTexts } from "./provider";

interface FormProps {
  readonly action: (before: FormState, form: FormData) => Promise<FormState>;
  readonly button: string;
  readonly children?: (state: FormState) => ReactNode;
}

/** A form that a server action answers. It is sent once, however often the user presses Enter. */
export function Form({ action, button, children }: FormProps) {
  const texts = useTexts();
  const [state, send, isPending] = useActionState(action, {});
  const guard = (event: SubmitEvent<HTMLFormElement>) => {
    if (isPending) event.preventDefault();
  };
  return (
    <form action={send} onSubmit={guard} aria-busy={isPending}>
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
