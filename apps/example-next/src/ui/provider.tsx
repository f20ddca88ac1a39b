"use client";

import { type AuthState, createClient } from "@latchkey/client";
import { LatchkeyProvider } from "@latchkey/client/react";
import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext } from "react";
import { type Language, type Texts, textsIn } from "../texts";

/** The page's only client. The route handler in `app/latchkey` passes its calls on. */
const client = createClient({ url: "/latchkey", session: "cookie" });

const LanguageContext = createContext<Language>("en");

interface ProvidersProps {
  readonly language: Language;
  readonly initialState: AuthState;
  readonly children: ReactNode;
}

/** What all components in the browser share: the session that the server found, the client, the language. */
export function Providers({ language, initialState, children }: ProvidersProps) {
  // A user may have signed in or out in another tab: then the server renders this one again.
  const { refresh } = useRouter();
  return (
    <LanguageContext value={language}>
      <LatchkeyProvider client={client} initialState={initialState} onStale={refresh}>
        {children}
      </LatchkeyProvider>
    </LanguageContext>
  );
}

export function useTexts(): Texts {
  return textsIn(useContext(LanguageContext));
}
