"use client";

import { useLatchkey } from "@latchkey/client/react";
import { useRouter } from "next/navigation";
import { signOut } from "../app/actions";
import { Form } from "./form";
import { useTexts } from "./provider";

/** Signs out on the server or in the browser; either way, both know. */
export function SignOut() {
  const texts = useTexts();
  const client = useLatchkey();
  const router = useRouter();
  const signOutHere = async () => {
    await client.signOut();
    router.push("/");
    // Pages rendered for the signed-in user are not shown again.
    router.refresh();
  };
  return (
    <div className="row">
      <Form action={signOut} button={texts.signOut} />
      <button type="button" onClick={signOutHere}>
        {texts.signOutHere}
      </button>
    </div>
  );
}
