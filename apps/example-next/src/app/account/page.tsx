import { SignedIn } from "@latchkey/client/react";
import { redirect } from "next/navigation";
import { currentLanguage } from "../../server/language";
import { currentSession } from "../../server/session";
import { textsIn } from "../../texts";
import { MailAddress } from "../../ui/browser-session";
import { SignOut } from "../../ui/sign-out";

/** A page for signed-in users only. */
export default async function AccountPage() {
  const session = await currentSession();
  if (session.status === "signed-out") redirect("/sign-in");
  const texts = textsIn(await currentLanguage());
  if (session.status === "pending") return <p>{texts.wait}</p>;
  return (
    <>
      {/* Not shown for a moment longer than the browser's client is signed in. */}
      <SignedIn>
        <h2>{texts.account}</h2>
        <p>
          {texts.signedInAs} <strong data-user>{session.user.username}</strong>
        </p>
        <MailAddress key={session.user.id} />
      </SignedIn>
      <SignOut />
    </>
  );
}
