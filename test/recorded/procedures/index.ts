import type { Chapter } from "../play.js";
import { adminLists, adminRefusals, adminUsers } from "./administration.js";
import { DOORS } from "./doors.js";
import { factors } from "./factors.js";
import { ownKeys, v1Http, v1Paths } from "./http.js";
import { invitations } from "./invitations.js";
import { account, links, sessions, strength } from "./own-account.js";
import { passkeys } from "./passkeys.js";
import { signIn } from "./sign-in.js";
import { trpcContracts, trpcProtocol } from "./trpc.js";

const throughBothDoors = [
  account,
  sessions,
  links,
  strength,
  passkeys,
  adminUsers,
  adminRefusals,
  adminLists,
  invitations,
  factors,
  signIn,
];

/** The chapters of `/api/v1` and tRPC. Their answers may change on purpose. */
export const procedureChapters: readonly Chapter[] = [
  ...DOORS.flatMap((door) => throughBothDoors.map((chapter) => chapter(door))),
  trpcContracts,
  trpcProtocol,
  v1Http,
  v1Paths,
  ownKeys,
];
