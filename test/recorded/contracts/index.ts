import type { Chapter } from "../play.js";
import { authorization, forgedTokens } from "./authorization.js";
import { bodies } from "./bodies.js";
import { connections } from "./connection.js";
import { cookiePages, cookies, cookiesOff } from "./cookies.js";
import { origins, ownOrigins, preflights } from "./cors.js";
import { endings } from "./endings.js";
import { internalErrors, overload } from "./faults.js";
import { fields } from "./fields.js";
import { guesses, languages, registrations } from "./limits.js";
import { ownKeys } from "./own-keys.js";
import { methods, methodsMore, spellings, unknownPaths } from "./paths.js";
import { lifetimes, refreshing, refreshingWithKeys, resetting, strictReuse } from "./refresh.js";
import { authSigningIn, tokens, unreadBodies, usersSigningIn } from "./sign-in.js";
import { authRegistration, commonPasswords, usersRegistration } from "./sign-up.js";
import { accounts, admission, disabledAccounts, temporaryPasswords, verifications } from "./states.js";

/** Chapters about live and revoked tokens: the answers are the same with and without Redis. */
export const sessionChapters: readonly Chapter[] = [
  tokens,
  refreshing,
  refreshingWithKeys,
  strictReuse,
  lifetimes,
  resetting,
  disabledAccounts,
  temporaryPasswords,
  ...endings,
  cookies,
];

/** The chapters of the two contracts. Their answers are frozen. */
export const contractChapters: readonly Chapter[] = [
  ...sessionChapters,
  usersRegistration,
  authRegistration,
  commonPasswords,
  usersSigningIn,
  authSigningIn,
  accounts,
  admission,
  ...verifications,
  guesses,
  registrations,
  languages,
  cookiePages,
  cookiesOff,
  ownKeys,
  ...authorization,
  ...forgedTokens,
  ...bodies,
  ...fields,
  unreadBodies,
  methods,
  methodsMore,
  ...spellings,
  unknownPaths,
  preflights,
  ...origins,
  ownOrigins,
  connections,
  internalErrors,
  overload,
];
