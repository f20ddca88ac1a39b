import { useUser } from "@latchkey/client/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, queries } from "./client.js";

/** The signed-in user, and buttons to sign out. */
export function Account() {
  const user = useUser();
  const [renewed, setRenewed] = useState(0);
  const profile = useQuery(queries.users.me.queryOptions());
  const renew = async () => {
    const { error } = await client.refresh();
    if (error === null) setRenewed((count) => count + 1);
  };
  return (
    <section data-renewed={renewed}>
      <p>
        Signed in as <strong data-user>{user?.username}</strong> (
        <span data-address>{profile.data?.email ?? "…"}</span>)
      </p>
      <button type="button" data-action="refresh" onClick={renew}>
        Renew the token
      </button>
      <button type="button" data-action="sign-out" onClick={() => client.signOut()}>
        Sign out
      </button>
      <button
        type="button"
        data-action="sign-out-everywhere"
        onClick={() => client.signOut({ scope: "global" })}
      >
        Sign out everywhere
      </button>
    </section>
  );
}
