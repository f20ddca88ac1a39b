import { SignedIn, SignedOut } from "@latchkey/client/react";
import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { currentLanguage } from "../server/language";
import { currentSession } from "../server/session";
import { textsIn } from "../texts";
import { BrowserSession } from "../ui/browser-session";
import { Providers } from "../ui/provider";
import "./style.css";

export const metadata: Metadata = { title: "Latchkey in Next.js", icons: "data:," };

export default async function Layout({ children }: { readonly children: ReactNode }) {
  const [language, session] = await Promise.all([currentLanguage(), currentSession()]);
  const texts = textsIn(language);
  return (
    <html lang={language}>
      <body>
        <Providers language={language} initialState={session}>
          <nav>
            <Link href="/">{texts.home}</Link>
            <SignedIn>
              <Link href="/account">{texts.account}</Link>
            </SignedIn>
            <SignedOut>
              <Link href="/sign-in">{texts.signIn}</Link>
            </SignedOut>
          </nav>
          <main>
            <h1>{texts.title}</h1>
            {children}
          </main>
          <footer>
            <BrowserSession />
          </footer>
        </Providers>
      </body>
    </html>
  );
}
