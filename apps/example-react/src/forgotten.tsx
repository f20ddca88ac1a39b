import { useState } from "react";
import { client } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";
import { Link } from "./link.js";
import { Page } from "./page.js";

/** Where users ask for a link to set a new password. */
export function Forgotten() {
  const [isSent, setSent] = useState(false);
  const [fault, setFault] = useState<string>();
  const submit = async (form: FormData) => {
    const { error } = await client.requestRecovery({ email: textIn(form, "email") });
    setFault(error?.message);
    setSent(error === null);
  };
  return (
    <Page title="Forgotten password">
      <Form button="Send a link" onData={submit} fault={fault}>
        <Field name="email" label="Email address" type="email" autoComplete="email" />
      </Form>
      <div role="status">
        {isSent && <p>If there is an account with this address, a link is on its way.</p>}
      </div>
      <Link to="/sign-in">Back</Link>
    </Page>
  );
}
