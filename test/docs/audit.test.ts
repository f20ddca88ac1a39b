import { expect, it } from "vitest";
import { newOperator } from "../server/cli/command.js";
import { registerUser } from "../support/rest.js";
import { startServer } from "../support/server.js";
import { block } from "./markdown.js";

const GUIDE = "apps/docs/guide/audit.md";

it("shows commands that read the audit log and verify it", async () => {
  const server = await startServer();
  await registerUser(server);
  const operator = await newOperator(server.databasePath);
  const lines = [block(GUIDE, "sh", "audit list"), block(GUIDE, "sh", "audit verify")].join("").trim();
  for (const line of lines.split("\n")) {
    const words = /^npm run --silent latchkey -- (.+)$/.exec(line)?.[1]?.split(" ") ?? [];
    const { exitCode, stderr } = await operator.run(words);
    expect([line, exitCode, stderr]).toEqual([line, 0, ""]);
  }
  await operator.leave();
  await server.close();
});
