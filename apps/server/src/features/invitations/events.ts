import { eventKind } from "../events/service.js";

/** A person was invited, or invited again; the subject is the uuid that the account will have. */
export const invitationSent = eventKind("invitation.sent");
export const invitationWithdrawn = eventKind("invitation.withdrawn");
