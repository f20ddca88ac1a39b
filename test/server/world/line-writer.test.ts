import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLineWriter, type LineWriter } from "../../../apps/server/src/world/line-writer.js";
import { openOutlet } from "../../../apps/server/src/world/outlet.js";

let folder: string;
let reader: number;
let writer: LineWriter;
let close: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-lines-"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  // As a shell opens it: writing to this one waits for the reader.
  const fd = openSync(pipe, constants.O_WRONLY);
  const outlet = openOutlet(fd, () => process.stdout);
  writer = createLineWriter(outlet);
  close = () => {
    outlet.close();
    closeSync(fd);
  };
});
afterEach(() => {
  close();
  if (reader >= 0) closeSync(reader);
  rmSync(folder, { recursive: true });
});

/** All that is in the pipe. */
function readPipe(): string {
  const bytes = Buffer.alloc(65_536);
  let text = "";
  try {
    for (let length = -1; length !== 0; text += bytes.toString("utf8", 0, length)) {
      length = readSync(reader, bytes);
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "EAGAIN" });
  }
  return text;
}

describe.runIf(process.platform === "linux")("a line writer over a pipe", () => {
  it("writes every line in order, however slowly they are read", async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `${i} ${"é".repeat(i % 90)}\n`);
    for (const line of lines) writer.write(line);
    let text = "";
    const read = () => {
      text += readPipe();
      return text.length;
    };
    await expect.poll(read, { timeout: 10_000 }).toBe(lines.join("").length);
    expect(text).toBe(lines.join(""));
  });

  it("loses nothing but whole lines if they are not read, counts them, and says so once they are", async () => {
    let dropped = 0;
    writer.onRecovery((count) => writer.write(`dropped ${count}\n`));
    writer.onDrop((count) => {
      dropped += count;
    });
    const written = 20_000;
    for (let i = 0; i < written; i++) {
      writer.write(`line ${i} ${"x".repeat(i % 200)}\n`);
      // Meanwhile the writer tries.
      if (i % 500 === 0) await new Promise(setImmediate);
    }
    // An end does not wait for this reader.
    await writer.flush();
    expect(dropped).toBeGreaterThan(1000);
    let text = "";
    // There may be several gaps, each with a report.
    const reports = () => [...text.matchAll(/^dropped (\d+)$/gm)].map(([, count]) => Number(count));
    const reported = () => {
      text += readPipe();
      return reports().reduce((sum, count) => sum + count, 0);
    };
    await expect.poll(reported, { timeout: 10_000 }).toBe(dropped);
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(written - dropped + reports().length);
    for (const line of lines) expect(line).toMatch(/^(line \d+ x*|dropped \d+)$/);
  });

  it("drops the lines of a reader that is gone, and is idle at once", async () => {
    closeSync(reader);
    reader = -1;
    let dropped = 0;
    writer.onDrop((count) => {
      dropped += count;
    });
    writer.write("one\n");
    await writer.flush();
    writer.write("two\n");
    await writer.flush();
    expect(dropped).toBe(2);
  });
});
