import type { Host } from "../../host.js";
import { createNotices, type NoticeDeps } from "./service.js";

export function openNotices(
  { clock, log }: Host,
  deps: Pick<NoticeDeps, "mail" | "enabled">,
): ReturnType<typeof createNotices> {
  return createNotices({ clock, log, ...deps });
}
