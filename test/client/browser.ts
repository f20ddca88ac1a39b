import { type Client, type ClientOptions, type Clock, createClient } from "@latchkey/client";
import type { TestServer } from "../support/server.js";

/** A device's clocks and timers, which stay frozen until they are moved. */
export interface DeviceClock extends Clock {
  /** Lets time pass, and runs the callbacks that become due. */
  pass(by: { readonly seconds?: number; readonly minutes?: number }): void;
  /** Sets the wall clock, as a user or a time server does. */
  set(wallMs: number): void;
  /** Milliseconds until the next callback. */
  nextMs(): number | undefined;
}

/** Lets moments pass automatically: a client waits this long for what another tab is about to store. */
const MOMENT_MS = 50;

export function deviceClock(wallMs = Date.UTC(2026, 0, 15, 12, 0, 0)): DeviceClock {
  let nowMs = 0;
  let aheadMs = wallMs;
  const timers = new Map<object, { readonly atMs: number; readonly callback: () => void }>();
  const next = () => [...timers].sort(([, one], [, other]) => one.atMs - other.atMs)[0];
  return {
    wallMs: () => nowMs + aheadMs,
    steadyMs: () => nowMs,
    after(delayMs, callback) {
      if (delayMs <= MOMENT_MS) {
        const moment = setTimeout(callback, delayMs);
        return () => clearTimeout(moment);
      }
      const timer = {};
      timers.set(timer, { atMs: nowMs + delayMs, callback });
      return () => void timers.delete(timer);
    },
    pass({ seconds = 0, minutes = 0 }) {
      const endMs = nowMs + 1000 * (seconds + 60 * minutes);
      for (let due = next(); due !== undefined && due[1].atMs <= endMs; due = next()) {
        const [timer, { atMs, callback }] = due;
        timers.delete(timer);
        nowMs = Math.max(nowMs, atMs);
        callback();
      }
      nowMs = endMs;
    },
    set(wallMs) {
      aheadMs = wallMs - nowMs;
    },
    nextMs() {
      const due = next();
      return due && due[1].atMs - nowMs;
    },
  };
}

/** The network to the server. It can be cut, and it records what it carries. */
export interface Network {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** What reached the server: the paths of the procedures. */
  readonly requests: string[];
  /** Whether the server can be reached. */
  isUp: boolean;
  /** How many answers of the server are still to be lost on the way back. */
  lostAnswers: number;
  /** Resolves when this procedure has been called and answered this many times in all. */
  answered(path: string, times?: number): Promise<void>;
}

export function openNetwork(): Network {
  const waiting = new Set<() => void>();
  const answers: string[] = [];
  const network: Network = {
    requests: [],
    isUp: true,
    lostAnswers: 0,
    async fetch(url, init) {
      const path = /\/trpc\/([^?]*)/.exec(url)?.[1] ?? url;
      if (!network.isUp) throw new TypeError("The network is down");
      network.requests.push(path);
      const answer = await fetch(url, init);
      answers.push(path);
      for (const check of waiting) check();
      if (network.lostAnswers === 0) return answer;
      network.lostAnswers--;
      await answer.arrayBuffer();
      throw new TypeError("The answer is lost");
    },
    answered: (path, times = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if (answers.filter((each) => each === path).length < times) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
  return network;
}

/** A browser: one storage and one clock, shared by its tabs. */
export interface Browser {
  readonly items: Map<string, string>;
  readonly clock: DeviceClock;
  readonly network: Network;
  /** Opens a tab. Its own options replace the browser's. */
  tab(options?: Partial<ClientOptions>): Client;
  close(): void;
}

let opened = 0;

export function openBrowser(server: Pick<TestServer, "url">, wallMs?: number): Browser {
  opened++;
  const name = `browser ${opened} of ${process.pid}`;
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  const clock = deviceClock(wallMs);
  const network = openNetwork();
  const tabs: Client[] = [];
  return {
    items,
    clock,
    network,
    tab(options) {
      const { fetch } = network;
      const client = createClient({ url: server.url, name, storage, clock, fetch, tabs: true, ...options });
      tabs.push(client);
      return client;
    },
    close() {
      for (const tab of tabs) tab.dispose();
    },
  };
}

/** Records what a client reports about its session, and waits for it. */
export function listen(client: Client) {
  const events: string[] = [];
  const waiting = new Set<() => void>();
  client.onAuthStateChange((event) => {
    events.push(event.type === "SIGNED_OUT" ? `SIGNED_OUT ${event.reason}` : event.type);
    for (const check of waiting) check();
  });
  return {
    events,
    /** Resolves when this was reported this many times. */
    heard: (event: string, times = 1) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (events.filter((each) => each === event).length < times) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
