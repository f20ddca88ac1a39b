import type { FactorSteps } from "@latchkey/client";
import { useState } from "react";
import { Action } from "./action.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";
import { Page } from "./page.js";

interface SecondStepProps {
  /** What the first step has left to do. */
  readonly next: FactorSteps;
  readonly onBack: () => void;
}

/** Where users give their second factor. */
export function SecondStep({ next, onBack }: SecondStepProps) {
  const [fault, setFault] = useState<string>();
  const [isRecovery, setRecovery] = useState(!next.factors.includes("totp"));
  const submit = async (form: FormData) => {
    const [code, trustDevice] = [textIn(form, "code"), form.has("trustDevice")];
    const { error } = isRecovery
      ? await next.recoveryCode(code, { trustDevice })
      : await next.totp(code, { trustDevice });
    if (error?.code === "SIGN_IN_OVER") onBack();
    setFault(error?.message);
  };
  const hasCodes = next.factors.includes(isRecovery ? "recoveryCode" : "totp");
  return (
    <Page title="Second step">
      {next.factors.includes("passkey") && (
        <Action name="passkey" onPress={() => next.passkey()}>
          Use a passkey
        </Action>
      )}
      {hasCodes && (
        <Form button="Continue" onData={submit} fault={fault}>
          <Field
            name="code"
            label={isRecovery ? "Recovery code" : "Code from your authenticator app"}
            autoComplete={isRecovery ? "off" : "one-time-code"}
          />
          <label>
            <input type="checkbox" name="trustDevice" /> Do not ask again on this device
          </label>
        </Form>
      )}
      {next.factors.includes("totp") && next.factors.includes("recoveryCode") && (
        <button type="button" onClick={() => setRecovery(!isRecovery)}>
          {isRecovery ? "Use the authenticator app" : "Use a recovery code"}
        </button>
      )}
      <button type="button" onClick={onBack}>
        Back
      </button>
    </Page>
  );
}
