import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly contents?: { readonly value: string } } | null;
}

/**
 * What TypeScript's own language server shows on hover: at the `|` of each text, which is in the file without
 * it.
 */
export async function hover(folder: string, file: string, places: readonly string[]): Promise<string[]> {
  const compiler = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  const server = spawn(process.execPath, [compiler, "--lsp", "--stdio"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const answers = new Map<number, (message: Message) => void>();
  let requests = 0;

  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const request = (method: string, params: object) =>
    new Promise<Message>((resolve) => {
      requests++;
      answers.set(requests, resolve);
      send({ id: requests, method, params });
    });
  server.stdout.on(
    "data",
    messageReader((message) => {
      if (message.id === undefined) return;
      // The server asks for settings and the like: there are none here.
      if (message.method !== undefined) send({ id: message.id, result: null });
      else answers.get(message.id)?.(message);
    }),
  );

  const uri = pathToFileURL(join(folder, file)).href;
  const text = readFileSync(join(folder, file), "utf8");
  const capabilities = { textDocument: { hover: { contentFormat: ["markdown"] } } };
  await request("initialize", { processId: null, rootUri: pathToFileURL(folder).href, capabilities });
  send({ method: "initialized", params: {} });
  send({
    method: "textDocument/didOpen",
    params: { textDocument: { uri, languageId: "typescript", version: 1, text } },
  });
  const shown = [];
  for (const place of places) {
    const params = { textDocument: { uri }, position: positionOf(text, place) };
    const { result } = await request("textDocument/hover", params);
    shown.push(result?.contents?.value ?? "");
  }
  server.kill();
  return shown;
}

function positionOf(text: string, place: string) {
  const start = text.indexOf(place.replace("|", ""));
  if (start === -1) throw new Error(`${place} is not in the file`);
  const before = text.slice(0, start + place.indexOf("|")).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** Reads the language server protocol's messages from the stream. */
function messageReader(take: (message: Message) => void): (chunk: Buffer) => void {
  let unread = Buffer.alloc(0);
  return (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const start = unread.indexOf("\r\n\r\n") + 4;
      const length = Number(
        /Content-Length: (\d+)/.exec(unread.subarray(0, Math.max(start, 0)).toString())?.[1],
      );
      if (start < 4 || unread.length < start + length) return;
      take(JSON.parse(unread.subarray(start, start + length).toString()) as Message);
      unread = unread.subarray(start + length);
    }
  };
}
