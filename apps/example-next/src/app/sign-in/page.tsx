import Link from "next/link";
import { redirect } from "next/navigation";
import { currentLanguage } from "../../server/language";
import { currentSession } from "../../server/session";
import { textsIn } from "../../texts";
import { SignInForm } from "../../ui/entrance";

export default async function SignInPage() {
  if ((await currentSession()).status === "signed-in") redirect("/account");
  const texts = textsIn(await currentLanguage());
  return (
    <>
      <h2>{texts.signIn}</h2>
      <SignInForm />
      <Link href="/sign-up">{texts.toSignUp}</Link>
    </>
  );
}
