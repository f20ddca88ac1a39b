import { SignedIn, SignedOut, useSession } from "@latchkey/client/react";
import { Account } from "./account.js";
import { Entrance } from "./entrance.js";

/** Pages on which users can sign up, sign in, and see and end their sessions. */
export function App() {
  const state = useSession();
  return (
    <main data-status={state.status}>
      <h1>Latchkey example</h1>
      {state.status === "pending" && <p>One moment …</p>}
      <SignedOut>
        <Entrance />
      </SignedOut>
      <SignedIn>
        <Account />
      </SignedIn>
    </main>
  );
}
