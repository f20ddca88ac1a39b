import Link from "next/link";
import { redirect } from "next/navigation";
import { currentLanguage } from "../../server/language";
import { currentSession } from "../../server/session";
import { textsIn } from "../../texts";
import { SignUpForm } from "../../ui/entrance";

export default async function SignUpPage() {
  if ((await currentSession()).status === "signed-in") redirect("/account");
  const texts = textsIn(await currentLanguage());
  return (
    <>
      <h2>{texts.signUp}</h2>
      <SignUpForm />
      <Link href="/sign-in">{texts.toSignIn}</Link>
    </>
  );
}
