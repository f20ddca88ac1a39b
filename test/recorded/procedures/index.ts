import type { Chapter } from "../play.js";

/** The chapters of `/api/v1` and tRPC. Their answers may change on purpose. */
export const procedureChapters: readonly Chapter[] = [];
