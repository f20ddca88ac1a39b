import { fieldErrors, type SignOutReason } from "@latchkey/client";
import { useSession } from "@latchkey/client/react";
import { useState } from "react";
import { client } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";

const WHY: Readonly<Record<SignOutReason, string>> = {
  "signed-out": "You have signed out.",
  expired: "You were away for a long time. Please sign in again.",
  revoked: "This session was ended elsewhere. Please sign in again.",
  stolen: "Someone else has used your session, so it was ended. Please sign in and change your password.",
};

/** Where users sign in to an account or create one. */
export function Entrance() {
  const state = useSession();
  const [isNew, setIsNew] = useState(false);
  const reason = state.status === "signed-out" ? state.reason : undefined;
  return (
    <section>
      {reason !== undefined && <p data-reason={reason}>{WHY[reason]}</p>}
      {isNew ? <SignUp /> : <SignIn />}
      <button type="button" className="link" onClick={() => setIsNew(!isNew)}>
        {isNew ? "I already have an account" : "Create an account"}
      </button>
    </section>
  );
}

function SignIn() {
  const [fault, setFault] = useState<string>();
  const submit = async (form: FormData) => {
    const { error } = await client.signIn({
      username: text(form, "username"),
      password: text(form, "password"),
    });
    setFault(error?.message);
  };
  return (
    <Form onData={submit}>
      <h2>Sign in</h2>
      <Field name="username" label="Username or email address" autoComplete="username" />
      <Field name="password" label="Password" type="password" autoComplete="current-password" />
      {fault !== undefined && <p role="alert">{fault}</p>}
      <button type="submit">Sign in</button>
    </Form>
  );
}

function SignUp() {
  const [fault, setFault] = useState<string>();
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const submit = async (form: FormData) => {
    const [username, email, password] = [text(form, "username"), text(form, "email"), text(form, "password")];
    const { error } = await client.signUp({ username, email, password });
    setFaults(fieldErrors(error));
    setFault(error?.code === "INVALID_INPUT" ? undefined : error?.message);
  };
  return (
    <Form onData={submit}>
      <h2>Sign up</h2>
      <Field name="username" label="Username" autoComplete="username" fault={faults.username} />
      <Field name="email" label="Email address" type="email" autoComplete="email" fault={faults.email} />
      <Field
        name="password"
        label="Password"
        type="password"
        autoComplete="new-password"
        fault={faults.password}
      />
      {fault !== undefined && <p role="alert">{fault}</p>}
      <button type="submit">Sign up</button>
    </Form>
  );
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
