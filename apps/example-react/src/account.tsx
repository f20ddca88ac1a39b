import { useUser } from "@latchkey/client/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Action } from "./action.js";
import { client, queries } from "./client.js";
import { Factors } from "./factors.js";
import { Page } from "./page.js";
import { goTo } from "./path.js";
import { Sessions } from "./sessions.js";

interface AccountProps {
  /** Called after a sign-out here; the server may not know of it yet. */
  readonly onSignedOut: (isTold: boolean) => void;
}

/** The signed-in user, the user's sessions, and buttons to sign out. */
export function Account({ onSignedOut }: AccountProps) {
  const user = useUser();
  const [renewed, setRenewed] = useState(0);
  const profile = useQuery(queries.users.me.queryOptions());
  useEffect(() => goTo("/", { replace: true }), []);
  const renew = async () => {
    const result = await client.refresh();
    if (result.error === null) setRenewed((count) => count + 1);
    return result;
  };
  const signOut = async () => {
    const result = await client.signOut();
    onSignedOut(result.data?.isTold ?? false);
    return result;
  };
  return (
    <Page title="Your account">
      <p data-renewed={renewed}>
        Signed in as <strong data-user>{user?.username}</strong> (
        <span data-address>{profile.data?.email ?? "…"}</span>)
      </p>
      <Action name="refresh" onPress={renew}>
        Renew the token
      </Action>
      <Action name="sign-out" onPress={signOut}>
        Sign out
      </Action>
      <Action name="sign-out-everywhere" onPress={() => client.signOut({ scope: "global" })}>
        Sign out everywhere
      </Action>
      <Factors />
      <Sessions />
    </Page>
  );
}
