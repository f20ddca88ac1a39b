import { type ReactElement, useState } from "react";
import { client } from "./client.js";
import { Field } from "./field.js";
import { textIn } from "./form-text.js";
import { LinkPage } from "./link-page.js";

interface Props {
  /** The secret of the link. */
  readonly secret: string;
}

/** The pages to which mailed links lead, by path, for users who are signed in and for those who are not. */
export const LINK_PAGES: Readonly<Record<string, (props: Props) => ReactElement>> = {
  "/recovery": Recovery,
  "/verification": Verification,
  "/email": EmailChange,
  "/invitation": Invitation,
};

/** Where users set a new password in place of a forgotten one. */
function Recovery({ secret }: Props) {
  return (
    <LinkPage
      title="Set a new password"
      button="Set the password"
      done="Your new password is set. Sign in with it."
      onData={(form) => client.completeRecovery({ secret, newPassword: textIn(form, "newPassword") })}
    >
      {({ newPassword }) => <NewPassword name="newPassword" fault={newPassword} />}
    </LinkPage>
  );
}

/**
 * Where users confirm their address. The server asks for a new password if this may not be the browser in which
 * the account was made: another person may have registered the address.
 */
function Verification({ secret }: Props) {
  const [needsPassword, setNeedsPassword] = useState(false);
  const confirm = async (form: FormData) => {
    const input = needsPassword ? { secret, newPassword: textIn(form, "newPassword") } : { secret };
    const result = await client.completeVerification(input);
    if (result.error?.code === "NEW_PASSWORD_REQUIRED") setNeedsPassword(true);
    return result;
  };
  return (
    <LinkPage
      title="Confirm your address"
      button="Confirm"
      done="Your address is confirmed."
      onData={confirm}
    >
      {({ newPassword }) => needsPassword && <NewPassword name="newPassword" fault={newPassword} />}
    </LinkPage>
  );
}

/** Where users confirm a different address. */
function EmailChange({ secret }: Props) {
  return (
    <LinkPage
      title="Change your address"
      button="Change the address"
      done="Your address has changed."
      onData={() => client.completeEmailChange({ secret })}
    />
  );
}

/** Where users who were invited create their account. */
function Invitation({ secret }: Props) {
  const accept = (form: FormData) => {
    const [username, password] = [textIn(form, "username"), textIn(form, "password")];
    return client.acceptInvitation({ secret, password, ...(username !== "" && { username }) });
  };
  return (
    <LinkPage
      title="Accept the invitation"
      button="Create the account"
      done="Your account is ready. Sign in with your address and your password."
      onData={accept}
    >
      {({ username, password }) => (
        <>
          <Field
            name="username"
            label="Username (optional)"
            autoComplete="username"
            fault={username}
            isOptional
          />
          <NewPassword name="password" fault={password} />
        </>
      )}
    </LinkPage>
  );
}

function NewPassword({ name, fault }: { readonly name: string; readonly fault: string | undefined }) {
  return <Field name={name} label="New password" type="password" autoComplete="new-password" fault={fault} />;
}
