import { runElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { createScribe } from "./scribe.js";
import { connectWire, type WireAnswer, type WireRequest } from "./wire.js";

/** A scenario, played against a server of its own. */
export interface Chapter {
  /** The name of its recording. */
  readonly name: string;
  /** Settings of its server, as an operator would set them; an empty one counts as not set. */
  readonly environment?: Readonly<Record<string, string>>;
  play(stage: Stage): Promise<void>;
}

/** What a chapter is played with. */
export interface Stage {
  readonly server: TestServer;
  /** Sends a request and writes down its answer. */
  ask(label: string, request: WireRequest): Promise<Reply>;
  /** Sends requests one after another and writes down their answers under their labels. */
  askAll(requests: Readonly<Record<string, WireRequest>>): Promise<void>;
  /** Sends bytes that are not a well-formed request; the recording shows `sent` instead. */
  askRaw(label: string, sent: string, bytes: string): Promise<void>;
  /** Sends requests in one piece and writes down all their answers. */
  askPipelined(label: string, requests: readonly WireRequest[]): Promise<void>;
  /** Sends the same request `count` times at once and writes down the distinct answers. */
  askAtOnce(label: string, count: number, request: WireRequest): Promise<void>;
  /** Sends a request that must succeed, and writes nothing down. */
  prepare(request: WireRequest): Promise<Reply>;
  /** Masks a random value in everything that is written down from now on. */
  hide(kind: string, value: string): void;
  /** Runs a statement in the database, as an operator might by hand. */
  sql(statement: string, ...values: ReadonlyArray<string | boolean>): Promise<void>;
}

/** An answer, as far as a chapter needs it to go on. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: chapters read what they know to be there.
  readonly json: any;
  /** The first token in the body or in a cookie; throws where there is none. */
  token(): string;
}

/** The secret of every chapter that sets no other: forged tokens are signed with it. */
export const JWT_SECRET = "recorded answers are signed with these words";

/** Plays a chapter and resolves to its recording. */
export async function play(
  { name, environment, play }: Chapter,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const settings = Object.entries({ JWT_SECRET, ...environment, ...more });
  const server = await startServer({
    environment: Object.fromEntries(settings.filter(([, value]) => value)),
  });
  const wire = connectWire(server.port);
  const scribe = createScribe(`Recorded answers: ${name}. test/recorded/scribe.ts explains the notation.`);

  const ask: Stage["ask"] = async (label, request) => {
    const answer = await wire.send(request).catch((error: unknown) => {
      throw new Error(`No answer to "${label}" of ${name}`, { cause: error });
    });
    scribe.write(label, request, answer);
    return replyOf(answer);
  };

  try {
    await play({
      server,
      ask,
      async askAll(requests) {
        for (const [label, request] of Object.entries(requests)) await ask(label, request);
      },
      async askRaw(label, sent, bytes) {
        const method = /^(\w+) /.exec(sent)?.[1];
        scribe.writeAs(label, sent, await wire.sendBytes(Buffer.from(bytes, "latin1"), method));
      },
      async askPipelined(label, requests) {
        const answers = await wire.sendPipelined(requests);
        for (const [index, request] of requests.entries()) {
          const answer = answers[index];
          if (answer !== undefined) scribe.write(`${label}, ${index + 1}`, request, answer);
        }
      },
      async askAtOnce(label, count, request) {
        const answers = await Promise.all(
          Array.from({ length: count }, async () => {
            const own = connectWire(server.port);
            const answer = await own.send(request);
            own.close();
            return answer;
          }),
        );
        const byStatus = new Map(answers.map((answer) => [`${answer.status} ${answer.body}`, answer]));
        for (const key of [...byStatus.keys()].sort()) {
          const answer = byStatus.get(key);
          if (answer !== undefined) scribe.write(label, request, answer);
        }
      },
      async prepare(request) {
        const answer = await wire.send(request);
        if (answer.status >= 300) throw new Error(`Not prepared: ${request.target}: ${answer.body}`);
        return replyOf(answer);
      },
      hide: scribe.hide,
      sql: async (statement, ...values) => void (await runElsewhere(server, statement, ...values)),
    });
    return scribe.text();
  } finally {
    wire.close();
    await server.close();
  }
}

function replyOf({ status, head, body }: WireAnswer): Reply {
  const text = body.toString("utf8");
  return {
    status,
    text,
    get json() {
      return JSON.parse(text);
    },
    token() {
      const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(`${text}\n${head}`)?.[0];
      if (token === undefined) throw new Error(`There is no token in ${text}`);
      return token;
    },
  };
}
