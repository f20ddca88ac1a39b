import { Redis } from "ioredis";
import { type RedisServer, startRedis } from "../../support/redis.js";
import { adopt } from "./children.js";

const PREFIX = "latchkey:{blacklist}:";

/** The script's own Redis, for mistreatment. */
export interface BrokenRedis {
  readonly url: string;
  readonly port: number;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  /** Starts an empty one on the same port. */
  restart(): Promise<void>;
  flush(): Promise<void>;
  /** The revoked ids that it holds. */
  revocations(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function openRedis(): Promise<BrokenRedis> {
  let server: RedisServer = await startRedis();
  adopt(server.process);
  const { url, port } = server;
  const ask = async <T>(question: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
    redis.on("error", () => undefined);
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  return {
    url,
    port,
    pause: () => void server.process.kill("SIGSTOP"),
    resume: () => void server.process.kill("SIGCONT"),
    kill: () => server.stop(),
    async restart() {
      server = await startRedis(port);
      adopt(server.process);
    },
    flush: () => ask(async (redis) => void (await redis.flushall())),
    revocations: () =>
      ask(async (redis) => (await redis.keys(`${PREFIX}*`)).map((key) => key.slice(PREFIX.length))),
    stop: () => server.stop(),
  };
}
