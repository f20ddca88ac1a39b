import { sizeOf } from "../../world/json-size.js";
import type { UserPage } from "./store.js";

/** A page of at most so many bytes, but of one user at least. */
export function cutPage(page: UserPage, maxBytes: number): UserPage {
  let bytes = 0;
  for (const [index, user] of page.users.entries()) {
    bytes += sizeOf(user);
    const last = page.users[index - 1];
    if (bytes <= maxBytes || last === undefined) continue;
    return { users: page.users.slice(0, index), next: { createdAtMs: last.createdAtMs, id: last.id } };
  }
  return page;
}
