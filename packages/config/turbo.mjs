import { join } from "node:path";

/**
 * How turbo is called, without its telemetry: nothing of ours phones home.
 * @param {string} root
 * @param {readonly string[]} args
 */
export function turbo(root, args) {
  return {
    command: process.execPath,
    args: [join(root, "node_modules/turbo/bin/turbo"), ...args],
    options: {
      cwd: root,
      env: {
        ...process.env,
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
        TURBO_NO_UPDATE_NOTIFIER: "1",
      },
    },
  };
}
