import { once } from "node:events";
import { join } from "node:path";
import { login, verify } from "./calls.js";
import { end, start } from "./children.js";
import { type Outcome, openClient } from "./http.js";

/** What an honest user was answered. */
export interface Seen {
  readonly livez: readonly Outcome[];
  readonly verify: readonly Outcome[];
  readonly login: readonly Outcome[];
}

export interface Honest {
  /** What it was answered while that was done. */
  during(act: () => Promise<void>): Promise<Seen>;
  leave(): void;
}

interface Told {
  readonly port: number;
  readonly email: string;
  readonly token: string;
}

/** Calls of one kind follow each other; each kind has its own pace. */
const PAUSE_MS = { livez: 20, verify: 20, login: 200 };

/** Starts an honest user in a process of its own, so that an attack from this one does not slow its clock. */
export async function hireHonest(told: Told): Promise<Honest> {
  const child = start(process.execPath, [...process.execArgv, import.meta.filename, JSON.stringify(told)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await once(child, "message");
  return {
    async during(act) {
      child.send("begin");
      await act();
      child.send("report");
      const [seen] = await once(child, "message");
      return seen as Seen; // Safe: sent by `serve` below.
    },
    leave: () => void end(child, "SIGKILL"),
  };
}

/** In the process of the honest user: calls until it is told to report. */
async function serve({ port, email, token }: Told): Promise<void> {
  // A new connection each time: that a stranger takes all of them is also noticed.
  const calling = openClient(port, { keepAlive: false });
  const client = openClient(port);
  const calls = {
    livez: () => calling.send("GET", "/livez"),
    verify: () => verify(client, token),
    login: () => login(client, email),
  };
  process.send?.("ready");
  for (;;) {
    await once(process, "message");
    let isOver = false;
    const told = once(process, "message").then(() => {
      isOver = true;
    });
    const repeat = async (kind: keyof typeof calls) => {
      const seen: Outcome[] = [];
      while (!isOver) {
        seen.push(await calls[kind]());
        await Promise.race([told, new Promise((resolve) => setTimeout(resolve, PAUSE_MS[kind]))]);
      }
      // Without the bodies, which nothing looks at.
      return seen.map((outcome) => ({ ...outcome, json: undefined }));
    };
    const [livez, verified, entered] = await Promise.all([
      repeat("livez"),
      repeat("verify"),
      repeat("login"),
    ]);
    process.send?.({ livez, verify: verified, login: entered } satisfies Seen);
  }
}

if (process.argv[1] === join(import.meta.dirname, "honest.ts")) {
  await serve(JSON.parse(process.argv[2] ?? "") as Told); // Safe: written by `hireHonest` above.
}
