import {
  describe,
  freshEmail,
  login,
  logout,
  PASSWORD,
  refresh,
  register,
  reset,
  tokenOf,
  verify,
} from "./calls.js";
import { type Client, isHonest, type Outcome } from "./http.js";
import type { Chance } from "./random.js";
import { sleep } from "./server.js";

/** What one user was promised, according to the answers. */
export interface Entry {
  readonly email: string;
  registered: boolean;
  password: string;
  readonly live: Set<string>;
  readonly dead: Set<string>;
  /**
   * The request that was pending when the server went away: it may have taken effect or not, but nothing in
   * between.
   */
  open?:
    | { readonly kind: "register" | "login" }
    | { readonly kind: "logout"; readonly token: string }
    | { readonly kind: "refresh"; readonly token: string; readonly key: string }
    | { readonly kind: "reset"; readonly password: string };
}

/** Acts as one user after the other until the server goes away; records what was acknowledged. */
export async function act(client: Client, chance: Chance, ledger: Entry[]): Promise<string | undefined> {
  for (;;) {
    const { outcome, name } = await actAsOne(client, chance, ledger);
    if (outcome.status === 0) return undefined;
    if (outcome.status !== 200) return `${name}: ${outcome.status} ${JSON.stringify(outcome.json)}`;
  }
}

/**
 * Acts as one user after the other until it is over. A user whose request is refused or not answered does nothing
 * more. Resolves to what was neither 200 nor a correct 503.
 */
export async function actUntil(
  isOver: () => boolean,
  { client, chance, ledger }: { readonly client: Client; readonly chance: Chance; readonly ledger: Entry[] },
): Promise<string[]> {
  const faults: string[] = [];
  while (!isOver()) {
    const { outcome, name } = await actAsOne(client, chance, ledger);
    if (outcome.status === 503 && isHonest(outcome)) await sleep(20);
    else if (outcome.status !== 200) faults.push(`${name}: ${describe(outcome)}`);
  }
  return faults;
}

/** Resolves to the last answer, which is the first that is not 200. */
async function actAsOne(
  client: Client,
  chance: Chance,
  ledger: Entry[],
): Promise<{ readonly name: string; readonly outcome: Outcome }> {
  const entry: Entry = {
    email: freshEmail(),
    registered: false,
    password: PASSWORD,
    live: new Set(),
    dead: new Set(),
  };
  ledger.push(entry);
  const steps = ["register", "login", "login"].concat(
    Array.from({ length: 6 }, () => chance.pick(["logout", "refresh", "reset", "login"])),
  );
  let last: { readonly name: string; readonly outcome: Outcome } | undefined;
  for (const name of steps) {
    const outcome = await step(client, chance, entry, name);
    if (outcome === undefined) continue;
    last = { name, outcome };
    if (outcome.status !== 200) return last;
    delete entry.open;
  }
  if (last === undefined) throw new Error("The user did nothing");
  return last;
}

async function step(
  client: Client,
  chance: Chance,
  entry: Entry,
  name: string,
): Promise<Outcome | undefined> {
  const { email, live, dead, password } = entry;
  const [token] = live;
  const wanted = token === undefined && (name === "logout" || name === "refresh") ? "login" : name;
  switch (wanted) {
    case "register": {
      entry.open = { kind: "register" };
      const answer = await register(client, email, password);
      entry.registered = answer.status === 200;
      return answer;
    }
    case "login": {
      entry.open = { kind: "login" };
      const answer = await login(client, email, password);
      if (answer.status === 200) live.add(tokenOf(answer));
      return answer;
    }
    case "logout": {
      if (token === undefined) return undefined;
      entry.open = { kind: "logout", token };
      const answer = await logout(client, token);
      if (answer.status === 200) move(token, entry);
      return answer;
    }
    case "refresh": {
      if (token === undefined) return undefined;
      const key = `key-of-a-refresh-${chance.between(1, 1e9)}`;
      entry.open = { kind: "refresh", token, key };
      const answer = await refresh(client, token, key);
      if (answer.status !== 200) return answer;
      move(token, entry);
      live.add(tokenOf(answer));
      return answer;
    }
    default: {
      const next = `password ${chance.between(1, 1e9)}`;
      entry.open = { kind: "reset", password: next };
      const answer = await reset(client, email, { old: password, new: next });
      if (answer.status !== 200) return answer;
      entry.password = next;
      for (const each of live) dead.add(each);
      live.clear();
      return answer;
    }
  }
}

function move(token: string, { live, dead }: Entry): void {
  live.delete(token);
  dead.add(token);
}

export interface Verdict {
  lost: string[];
  half: string[];
  revived: string[];
  checked: number;
}

/** Compares what the server says now with what it had acknowledged. */
export async function audit(client: Client, entry: Entry, verdict: Verdict): Promise<void> {
  const { email, open, live, dead } = entry;
  let answered = "";
  const works = async (password: string) => {
    const answer = await login(client, email, password);
    answered = describe(answer);
    return answer.status === 200;
  };
  verdict.checked += 1 + live.size + dead.size;
  const old = await works(entry.password);
  if (open?.kind === "register") return;
  if (open?.kind === "reset") {
    const changed = await works(open.password);
    if (old === changed)
      verdict.half.push(`${email}: old password ${old}, new password ${changed}: ${answered}`);
    if (changed) {
      for (const token of live) {
        if (await isAlive(client, token)) verdict.half.push(`${email}: password changed, session alive`);
        dead.add(token);
      }
      live.clear();
      entry.password = open.password;
    }
  } else if (entry.registered && !old) verdict.lost.push(`${email}: registered, cannot sign in: ${answered}`);

  const unsure = open?.kind === "logout" || open?.kind === "refresh" ? open.token : undefined;
  for (const token of live) {
    if (token !== unsure && !(await isAlive(client, token))) verdict.lost.push(`${email}: session lost`);
  }
  if (open?.kind === "refresh") {
    // A client that has lost the answer repeats the exchange with its key.
    const answer = await refresh(client, open.token, open.key);
    if (answer.status !== 200 || !(await isAlive(client, tokenOf(answer))))
      verdict.half.push(`${email}: refresh cannot be repeated: ${describe(answer)}`);
    if (await isAlive(client, open.token)) verdict.half.push(`${email}: refreshed, both tokens valid`);
  }
  for (const token of dead) {
    if (await isAlive(client, token)) verdict.revived.push(`${email}: a revoked token is accepted`);
    else if ((await refresh(client, token)).status === 200) verdict.revived.push(`${email}: refreshed again`);
  }
}

export const isAlive = async (client: Client, token: string) => (await verify(client, token)).status === 200;
