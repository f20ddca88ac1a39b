import type { FactorSteps, SignOutReason } from "@latchkey/client";
import { useSession } from "@latchkey/client/react";
import { useEffect, useState } from "react";
import { Action } from "./action.js";
import { client, passkeys } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";
import { Link } from "./link.js";
import { Page } from "./page.js";
import { SecondStep } from "./second-step.js";

const WHY: Readonly<Record<SignOutReason, string>> = {
  "signed-out": "You have signed out.",
  expired: "You were away for a long time. Please sign in again.",
  revoked: "This session was ended elsewhere. Please sign in again.",
  stolen: "Someone else has used your session, so it was ended. Please sign in and change your password.",
};

const QUIET: ReadonlySet<string> = new Set([
  "PASSKEY_CANCELLED",
  "PASSKEYS_UNAVAILABLE",
  "NETWORK",
  "TOO_MANY_REQUESTS",
  "UNAVAILABLE",
]);

/** Where users sign in to an account, and are told why their last session is over. */
export function SignIn() {
  const state = useSession();
  const [fault, setFault] = useState<string>();
  const [next, setNext] = useState<FactorSteps>();
  useEffect(() => {
    const leaving = new AbortController();
    void passkeys.autofill({ signal: leaving.signal }).then(({ error }) => {
      // As long as no passkey was chosen, there is nothing to say: there is the button, and the form.
      if (error !== null && !QUIET.has(error.code)) setFault(error.message);
    });
    return () => leaving.abort();
  }, []);
  const reason = state.status === "signed-out" ? state.reason : undefined;
  const submit = async (form: FormData) => {
    const { error } = await client.signIn({
      username: textIn(form, "username"),
      password: textIn(form, "password"),
    });
    if (error?.code === "FACTOR_REQUIRED") setNext(error.next);
    else setFault(error?.message);
  };
  if (next !== undefined) return <SecondStep next={next} onBack={() => setNext(undefined)} />;
  return (
    <Page title="Sign in">
      {reason !== undefined && <p data-reason={reason}>{WHY[reason]}</p>}
      <Form button="Sign in" onData={submit} fault={fault}>
        <Field name="username" label="Username or email address" autoComplete="username webauthn" />
        <Field name="password" label="Password" type="password" autoComplete="current-password" />
      </Form>
      {passkeys.isSupported && (
        <Action name="passkey" onPress={() => passkeys.signIn()}>
          Use a passkey
        </Action>
      )}
      <p>
        <Link to="/sign-up">Create an account</Link> · <Link to="/forgotten">I forgot my password</Link>
      </p>
    </Page>
  );
}
