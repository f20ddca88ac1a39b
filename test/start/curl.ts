import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Does what the documents need of curl, for machines that have none. */
const PROGRAM = `#!/usr/bin/env node
const options = { method: undefined, headers: {}, body: undefined, url: undefined };
const args = process.argv.slice(2);
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === "-X") options.method = args.shift();
  else if (arg === "-H") { const [name, ...value] = args.shift().split(":"); options.headers[name] = value.join(":").trim(); }
  else if (arg === "-d") options.body = args.shift();
  else if (!arg.startsWith("-")) options.url = arg;
  else if (arg !== "-s") throw new Error("not known here: " + arg);
}
const { url, headers, body, method = body === undefined ? "GET" : "POST" } = options;
process.stdout.write(await (await fetch(url, { method, headers, body })).text());
`;

/** An environment that has a curl: the machine's own if there is one. */
export async function environmentWithCurl(): Promise<NodeJS.ProcessEnv> {
  if (spawnSync("curl", ["--version"]).error === undefined) return process.env;
  const folder = await mkdtemp(join(tmpdir(), "latchkey-curl-"));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "curl"), PROGRAM);
  await chmod(join(folder, "curl"), 0o755);
  return { ...process.env, PATH: `${folder}:${process.env.PATH}` };
}
