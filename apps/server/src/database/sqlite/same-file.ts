import type { Stats } from "node:fs";

/** Whether both are one file, under whatever names: inode numbers are unique only within one volume. */
export const isSameFile = (one: Pick<Stats, "dev" | "ino">, other: Pick<Stats, "dev" | "ino">): boolean =>
  one.ino === other.ino && one.dev === other.dev;
