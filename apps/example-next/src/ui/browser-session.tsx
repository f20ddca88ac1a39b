"use client";

import { useLatchkey, useSession } from "@latchkey/client/react";
import { useEffect, useState } from "react";
import { useTexts } from "./provider";

/** What the browser's own client knows: it shares the session with the server through the cookie. */
export function BrowserSession() {
  const texts = useTexts();
  const state = useSession();
  const reason = state.status === "signed-out" ? state.reason : undefined;
  return (
    <p data-status={state.status} data-reason={reason}>
      {texts.foundByBrowser} {state.status === "signed-in" ? state.user.username : texts.signedOut}
    </p>
  );
}

/** Calls a procedure from the browser. */
export function MailAddress() {
  const texts = useTexts();
  const client = useLatchkey();
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    void client.getUser().then(({ data }) => {
      if (isCurrent) setAddress(data?.email);
    });
    return () => {
      isCurrent = false;
    };
  }, [client]);
  return (
    <p>
      {texts.mailAddress} <strong data-address>{address ?? "…"}</strong>
    </p>
  );
}
