import { SignedIn, SignedOut, useSession } from "@latchkey/client/react";
import { Account } from "./account.js";
import { Entrance } from "./entrance.js";
import { LINK_PAGES } from "./link-pages.js";
import { usePath } from "./path.js";

/** Pages on which users can sign up, sign in, use mailed links, and see and end their sessions. */
export function App() {
  const state = useSession();
  const MailedLink = LINK_PAGES[usePath()];
  return (
    <main data-status={state.status}>
      <h1>Latchkey example</h1>
      {MailedLink === undefined ? <Home /> : <MailedLink />}
    </main>
  );
}

function Home() {
  const { status } = useSession();
  return (
    <>
      {status === "pending" && <p>One moment …</p>}
      <SignedOut>
        <Entrance />
      </SignedOut>
      <SignedIn>
        <Account />
      </SignedIn>
    </>
  );
}
