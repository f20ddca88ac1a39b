import { SignedIn, SignedOut, useSession } from "@latchkey/client/react";
import { useState } from "react";
import { Account } from "./account.js";
import { Entrance } from "./entrance.js";
import { LINK_PAGES } from "./link-pages.js";
import { usePath, useSecret } from "./path.js";

/** Pages on which users can sign up, sign in, use mailed links, and see and end their sessions. */
export function App() {
  const state = useSession();
  const MailedLink = LINK_PAGES[usePath()];
  const secret = useSecret();
  return (
    <main data-status={state.status}>
      <h1>Latchkey example</h1>
      {/* By its key, a page starts from the beginning with each link. */}
      {MailedLink === undefined ? <Home /> : <MailedLink key={secret} secret={secret} />}
    </main>
  );
}

function Home() {
  const { status } = useSession();
  const [isTold, setTold] = useState(true);
  return (
    <>
      {status === "pending" && <p>One moment …</p>}
      <p role="status">
        {status === "signed-out" &&
          !isTold &&
          "You are signed out here, but the server could not be told yet."}
      </p>
      <SignedOut>
        <Entrance />
      </SignedOut>
      <SignedIn>
        <Account onSignedOut={setTold} />
      </SignedIn>
    </>
  );
}
