import { type ReactNode, type SubmitEvent, useState } from "react";

interface FormProps {
  readonly button: string;
  readonly onData: (form: FormData) => Promise<void>;
  /** What is wrong with the input as a whole. */
  readonly fault?: string | undefined;
  readonly children: ReactNode;
}

/**
 * A form that keeps its input: React's own `action` would clear it even if the server has refused it. It is
 * sent once, however often the user presses Enter while a slow network is answering.
 */
export function Form({ button, onData, fault, children }: FormProps) {
  const [isPending, setPending] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isPending) return;
    setPending(true);
    await onData(new FormData(event.currentTarget));
    setPending(false);
  };
  return (
    <form onSubmit={submit} aria-busy={isPending}>
      {children}
      {fault !== undefined && (
        <p role="alert" className="fault">
          {fault}
        </p>
      )}
      {/* Not `disabled`, which would take the focus away. */}
      <button type="submit" aria-disabled={isPending}>
        {isPending ? "One moment …" : button}
      </button>
    </form>
  );
}
