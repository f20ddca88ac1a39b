"use client";

import { SignedIn, SignedOut, useLatchkey } from "@latchkey/client/react";
import { useState } from "react";
import { signOut } from "../app/actions";
import { Form } from "./form";
import { useTexts } from "./provider";

/** Signs out on the server or in the browser; either way, both know. */
export function SignOut() {
  const texts = useTexts();
  const client = useLatchkey();
  const [isTold, setTold] = useState(true);
  const signOutHere = async () => {
    const { data } = await client.signOut();
    setTold(data?.isTold ?? true);
  };
  return (
    <>
      <p role="status">
        <SignedOut>{!isTold && texts.notTold}</SignedOut>
      </p>
      <SignedIn>
        <div className="row">
          <Form action={signOut} button={texts.signOut} unreachable={texts.stillSignedIn} />
          <button type="button" onClick={signOutHere}>
            {texts.signOutHere}
          </button>
        </div>
      </SignedIn>
    </>
  );
}
