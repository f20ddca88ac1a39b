import { type Logger, pino } from "pino";

/**
 * What a log line may contain; nothing else can be written. It never contains passwords, tokens, hashes or
 * addresses.
 */
export interface LogFields {
  readonly requestId?: string;
  /** The trace context that a trusted proxy sent. */
  readonly traceparent?: string;
  readonly procedure?: string;
  readonly code?: string;
  readonly durationMs?: number;
  /** An account's uuid. */
  readonly subject?: string;
  /** The uuid of the account that has what the subject wants. */
  readonly holder?: string;
  readonly sessionId?: string;
  readonly count?: number;
  readonly port?: number;
  /** How many connections this process may open to the database server, and how many the server allows in all. */
  readonly connections?: number;
  readonly allowed?: number;
  readonly signal?: string;
  readonly engine?: string;
  /** The origin of a page, as its browser sent it. */
  readonly origin?: string;
  /** The template of a mail. */
  readonly template?: string;
  /** Only its class, its code and its place are written: messages quote their input. */
  readonly error?: unknown;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";

/** Writes one line per event as JSON. */
export interface Log {
  (level: LogLevel, event: string, fields?: LogFields): void;
  /** Whether lines of this level are written at all. */
  enabled(level: LogLevel): boolean;
}

/** A field that is missing here does not compile. */
const FIELDS = {
  requestId: true,
  traceparent: true,
  procedure: true,
  code: true,
  durationMs: true,
  subject: true,
  holder: true,
  sessionId: true,
  count: true,
  port: true,
  connections: true,
  allowed: true,
  signal: true,
  engine: true,
  origin: true,
  template: true,
} as const satisfies Record<Exclude<keyof LogFields, "error">, true>;
const ALLOWED: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** Opens a log over a destination that never makes its writer wait, and never throws. */
export function openLog(level: string, destination: { write(line: string): void }): Log {
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger: Logger = pino(options, destination);
  const log = (lineLevel: LogLevel, event: string, { error, ...fields }: LogFields = {}) => {
    const allowed = Object.entries(fields).filter(([name]) => ALLOWED.has(name));
    logger[lineLevel]({ ...Object.fromEntries(allowed), ...describeError(error) }, event);
  };
  return Object.assign(log, { enabled: (lineLevel: LogLevel) => logger.isLevelEnabled(lineLevel) });
}

/** Logs nothing. */
export const silentLog: Log = openLog("silent", { write() {} });

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return {};
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const cause = error.cause instanceof Error ? describeError(error.cause) : undefined;
  return { error: { class: error.name, code, at: frames?.slice(0, 12).map((frame) => frame.trim()), cause } };
}
