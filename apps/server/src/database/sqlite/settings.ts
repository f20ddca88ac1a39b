import { oneOf } from "../../settings/setting.js";

/** The settings of this engine alone. */
export const sqliteSettings = {
  synchronous: {
    name: "SQLITE_SYNCHRONOUS",
    meaning:
      "With SQLite. `full`: an answer is sent once the data is on disk and survives a power loss. `normal`: faster, " +
      "but a power loss may lose the last moments.",
    fallback: "full",
    parse: oneOf("full", "normal"),
  },
} as const;
