import type { Host } from "../../host.js";
import { createNotices, type NoticeDeps, type Notices } from "./service.js";

export function openNotices({ clock, log }: Host, deps: Pick<NoticeDeps, "mail" | "enabled">): Notices {
  return createNotices({ clock, log, ...deps });
}
