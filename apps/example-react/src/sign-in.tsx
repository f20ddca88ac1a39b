import type { SignOutReason } from "@latchkey/client";
import { useSession } from "@latchkey/client/react";
import { useState } from "react";
import { client } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";
import { Link } from "./link.js";
import { Page } from "./page.js";

const WHY: Readonly<Record<SignOutReason, string>> = {
  "signed-out": "You have signed out.",
  expired: "You were away for a long time. Please sign in again.",
  revoked: "This session was ended elsewhere. Please sign in again.",
  stolen: "Someone else has used your session, so it was ended. Please sign in and change your password.",
};

/** Where users sign in to an account, and are told why their last session is over. */
export function SignIn() {
  const state = useSession();
  const [fault, setFault] = useState<string>();
  const reason = state.status === "signed-out" ? state.reason : undefined;
  const submit = async (form: FormData) => {
    const { error } = await client.signIn({
      username: textIn(form, "username"),
      password: textIn(form, "password"),
    });
    setFault(error?.message);
  };
  return (
    <Page title="Sign in">
      {reason !== undefined && <p data-reason={reason}>{WHY[reason]}</p>}
      <Form button="Sign in" onData={submit} fault={fault}>
        <Field name="username" label="Username or email address" autoComplete="username" />
        <Field name="password" label="Password" type="password" autoComplete="current-password" />
      </Form>
      <p>
        <Link to="/sign-up">Create an account</Link> · <Link to="/forgotten">I forgot my password</Link>
      </p>
    </Page>
  );
}
