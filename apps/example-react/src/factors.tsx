import type { TotpBegun } from "@latchkey/client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Action } from "./action.js";
import { client, passkeys, queries } from "./client.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { textIn } from "./form-text.js";

/** The user's second factors, and buttons to add and remove some. */
export function Factors() {
  const cache = useQueryClient();
  const { data, error } = useQuery(queries.factors.list.queryOptions());
  const [begun, setBegun] = useState<TotpBegun>();
  const [codes, setCodes] = useState<readonly string[]>();
  const changed = () => cache.invalidateQueries({ queryKey: queries.factors.list.queryKey() });
  const begin = async () => {
    const result = await client.factors.totp.begin({ name: "Authenticator app" });
    if (result.error === null) setBegun(result.data);
    return result;
  };
  const addPasskey = async () => {
    const result = await passkeys.add({ name: "Passkey" });
    await changed();
    return result;
  };
  const remove = async (id: string) => {
    const result = await passkeys.remove({ id });
    await changed();
    return result;
  };
  const renew = async () => {
    const result = await client.factors.recoveryCodes.renew();
    if (result.error === null) setCodes(result.data.recoveryCodes);
    return result;
  };
  const added = async (shown: readonly string[] | null) => {
    setBegun(undefined);
    setCodes(shown ?? undefined);
    await changed();
  };
  return (
    <>
      <h3>Your second factors</h3>
      {error !== null && (
        <p role="alert" className="fault">
          {error.message}
        </p>
      )}
      <ul>
        {data?.factors.map(({ id, kind, name }) => (
          <li key={id} data-factor={kind}>
            {name}{" "}
            <Action name="remove-factor" onPress={() => remove(id)}>
              Remove
            </Action>
          </li>
        ))}
      </ul>
      <div role="status">
        {codes !== undefined && (
          <p data-codes>Keep these recovery codes, which are not shown again: {codes.join(", ")}</p>
        )}
      </div>
      {begun === undefined ? (
        <Action name="add-totp" onPress={begin}>
          Add an authenticator app
        </Action>
      ) : (
        <Confirmation begun={begun} onAdded={added} />
      )}
      {passkeys.isSupported && (
        <Action name="add-passkey" onPress={addPasskey}>
          Add a passkey
        </Action>
      )}
      {(data?.factors.length ?? 0) > 0 && (
        <Action name="renew-codes" onPress={renew}>
          Make new recovery codes
        </Action>
      )}
    </>
  );
}

interface ConfirmationProps {
  readonly begun: TotpBegun;
  readonly onAdded: (recoveryCodes: readonly string[] | null) => Promise<void>;
}

/** Shows an app's secret, and adds the app with a code of it. */
function Confirmation({ begun, onAdded }: ConfirmationProps) {
  const [fault, setFault] = useState<string>();
  const confirm = async (form: FormData) => {
    const { data, error } = await client.factors.totp.confirm({ id: begun.id, code: textIn(form, "code") });
    setFault(error?.message);
    if (data !== null) await onAdded(data.recoveryCodes);
  };
  return (
    <>
      <img
        alt="QR code for the authenticator app"
        src={`data:image/svg+xml,${encodeURIComponent(begun.qrCode)}`}
        width={200}
      />
      <p>
        Or enter this in the app: <code data-secret>{begun.secret}</code>
      </p>
      <Form button="Add the app" onData={confirm} fault={fault}>
        <Field name="code" label="Code that the app shows" autoComplete="one-time-code" />
      </Form>
    </>
  );
}
