import { spawnSync } from "node:child_process";

/**
 * Runs a program with a terminal as its output, and copies what appears there, or never looks at it. Python,
 * because Node cannot open terminals.
 */
const PROGRAM = `
import os, pty, signal, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=slave)
os.close(slave)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda received, frame: child.send_signal(received))
while sys.argv[1] == "read":
    try:
        shown = os.read(master, 4096)
    except OSError:
        break
    os.write(1, shown)
sys.exit(child.wait())
`;

/** Whether this machine has what opens them. */
export const canOpenTerminals = spawnSync("python3", ["-c", "import pty"]).status === 0;

/** What runs a program on a terminal that is read, or that is stopped as by Ctrl-S. */
export function onTerminal(reader: "read" | "stopped"): readonly string[] {
  return ["python3", "-c", PROGRAM, reader];
}
