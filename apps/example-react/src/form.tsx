import type { ReactNode, SubmitEvent } from "react";

interface FormProps {
  readonly onData: (form: FormData) => Promise<void>;
  readonly children: ReactNode;
}

/** A form that keeps its input: React's own `action` would clear it even if the server has refused it. */
export function Form({ onData, children }: FormProps) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void onData(new FormData(event.currentTarget));
  };
  return <form onSubmit={submit}>{children}</form>;
}
