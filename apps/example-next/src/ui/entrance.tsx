"use client";

import { signIn, signUp } from "../app/actions";
import { Field } from "./field";
import { Form } from "./form";
import { useTexts } from "./provider";

export function SignInForm() {
  const texts = useTexts();
  return (
    <Form action={signIn} button={texts.signIn}>
      {({ typed }) => (
        <>
          <Field name="username" label={texts.login} autoComplete="username" typed={typed?.username} />
          <Field name="password" label={texts.password} type="password" autoComplete="current-password" />
        </>
      )}
    </Form>
  );
}

export function SignUpForm() {
  const texts = useTexts();
  return (
    <Form action={signUp} button={texts.signUp}>
      {({ typed, faults }) => (
        <>
          <Field
            name="username"
            label={texts.username}
            autoComplete="username"
            typed={typed?.username}
            fault={faults?.username}
          />
          <Field
            name="email"
            label={texts.email}
            type="email"
            autoComplete="email"
            typed={typed?.email}
            fault={faults?.email}
          />
          <Field
            name="password"
            label={texts.password}
            type="password"
            autoComplete="new-password"
            fault={faults?.password}
          />
        </>
      )}
    </Form>
  );
}
