import { fieldErrors } from "@latchkey/client";
import { useState } from "react";
import { client } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";
import { Link } from "./link.js";
import { Page } from "./page.js";

/** Where users create an account. */
export function SignUp() {
  const [fault, setFault] = useState<string>();
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const submit = async (form: FormData) => {
    const [username, email] = [textIn(form, "username"), textIn(form, "email")];
    const password = textIn(form, "password");
    const { error } = await client.signUp({ username, email, password });
    setFaults(fieldErrors(error));
    setFault(error?.code === "INVALID_INPUT" ? undefined : error?.message);
  };
  return (
    <Page title="Sign up">
      <Form button="Sign up" onData={submit} fault={fault}>
        <Field name="username" label="Username" autoComplete="username" fault={faults.username} />
        <Field name="email" label="Email address" type="email" autoComplete="email" fault={faults.email} />
        <Field
          name="password"
          label="Password"
          type="password"
          autoComplete="new-password"
          fault={faults.password}
        />
      </Form>
      <Link to="/sign-in">I already have an account</Link>
    </Page>
  );
}
