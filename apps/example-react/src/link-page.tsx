import { fieldErrors } from "@latchkey/client";
import { type ReactNode, useState } from "react";
import { Form } from "./form.js";
import { Link } from "./link.js";
import { Page } from "./page.js";

/** What is wrong with each field, by name. */
export type Faults = Readonly<Record<string, string>>;

interface LinkPageProps {
  readonly title: string;
  readonly button: string;
  /** What is shown when it has worked. */
  readonly done: string;
  /** Uses the secret of the link. */
  readonly onData: (
    form: FormData,
  ) => Promise<{ readonly error: { readonly code: string; readonly message: string } | null }>;
  readonly children?: (faults: Faults) => ReactNode;
}

/**
 * A page to which a mailed link leads. Nothing happens before the user presses the button: some mail programs
 * open links by themselves.
 */
export function LinkPage({ title, button, done, onData, children }: LinkPageProps) {
  const [isDone, setDone] = useState(false);
  const [fault, setFault] = useState<string>();
  const [faults, setFaults] = useState<Faults>({});
  const submit = async (form: FormData) => {
    const { error } = await onData(form);
    const found = fieldErrors(error);
    setFaults(found);
    setFault(error?.code === "INVALID_INPUT" && !found.secret ? undefined : error?.message);
    setDone(error === null);
  };
  return (
    <Page title={title}>
      <div role="status">{isDone && <p data-done>{done}</p>}</div>
      {!isDone && (
        <Form button={button} onData={submit} fault={fault}>
          {children?.(faults)}
        </Form>
      )}
      <Link to="/">{isDone ? "Continue" : "Not now"}</Link>
    </Page>
  );
}
