import { headers } from "next/headers";
import { type Language, languageOf } from "../texts";

/** The language of the page, as the browser asks for it. */
export async function currentLanguage(): Promise<Language> {
  return languageOf((await headers()).get("accept-language"));
}
