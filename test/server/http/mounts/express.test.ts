import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createExpress } from "../../../../apps/server/src/http/mounts/express.js";
import { createRouter } from "../../../../apps/server/src/rpc/router.js";
import { openLog } from "../../../../apps/server/src/world/log.js";
import { send } from "../../../support/rest.js";
import { trial } from "../../../support/trial-api.js";

const procedure = {
  namespace: "trial",
  name: "signIn",
  contract: trial.signIn,
  endpoint: async () => undefined,
};

it("an error that comes before anything is known of a request is logged, and nothing of it is sent", async () => {
  const logLines: string[] = [];
  const express = createExpress({
    router: createRouter([procedure]),
    context: () => {
      throw new Error("a secret");
    },
    log: openLog("info", { write: (line) => logLines.push(line) }),
    mounts: [],
  });
  const server = createServer(express).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { status, json, text } = await send({ url }, "POST", "/trpc/trial.signIn", { json: {} });
  expect([status, json.error.data.appCode]).toEqual([500, "INTERNAL"]);
  expect(text).not.toContain("a secret");
  expect(logLines).toHaveLength(1);
  expect(logLines[0]).toContain('"msg":"call failed"');
  expect(logLines[0]).not.toContain("a secret");
  server.closeAllConnections();
  server.close();
});
