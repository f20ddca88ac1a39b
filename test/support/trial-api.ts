import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBridge } from "@latchkey/bridge";
import { api } from "@latchkey/contracts/api";
import { accountErrors } from "@latchkey/contracts/errors/account";
import { defineErrors } from "@latchkey/contracts/kit/errors";
import { type Contract, contract, type ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { z } from "zod";
import { NO_CHANGE } from "../../apps/server/src/database/change.js";
import { AppError } from "../../apps/server/src/error.js";
import { createAnswerRoom, ROOM } from "../../apps/server/src/http/edge/answer-room.js";
import { explain } from "../../apps/server/src/http/failure.js";
import { contextOf } from "../../apps/server/src/http/request/context.js";
import type { Context } from "../../apps/server/src/rpc/context.js";
import type { Guard, Principal } from "../../apps/server/src/rpc/principal.js";
import { compose } from "../../apps/server/src/rpc/procedure.js";
import { createRouter } from "../../apps/server/src/rpc/router.js";
import { openLog } from "../../apps/server/src/world/log.js";

/** An error that carries data, and one of the same status that carries none. */
export const trialErrors = defineErrors({
  STEP_REQUIRED: {
    status: 403,
    message: "A further step is required.",
    zh: "还需要一步。",
    help: "Call again with the ticket and a code.",
    data: z
      .object({
        ticket: z.string().meta({ description: "Names this sign-in in the next step." }),
        factors: z.array(z.enum(["totp", "recoveryCode"])),
        expiresInSeconds: z.int().default(600),
      })
      .meta({ id: "StepRequired" }),
    example: { ticket: "dGlja2V0", factors: ["totp", "recoveryCode"] },
  },
  STEP_UNKNOWN: {
    status: 409,
    message: "There is no such step.",
    help: "Begin again.",
    data: z.object({ known: z.array(z.string()) }),
    example: { known: ["password"] },
  },
});

const signInInput = z.object({ password: z.string().min(1) }).meta({ id: "TrialSignInInput" });

/** A sign-in under `/api/v1`. */
export const trial = contract("A trial.", {
  signIn: {
    kind: "mutation",
    access: "public",
    summary: "Sign in",
    description: "The password decides how it fails.",
    input: signInInput,
    output: z.void(),
    raises: [trialErrors.STEP_REQUIRED, accountErrors.USER_DISABLED, trialErrors.STEP_UNKNOWN],
    rest: { method: "POST", path: "/api/v1/trial/sign-in" },
    example: { input: { password: "factor" }, output: undefined },
  },
});

/** The fixed contract, whose login may ask for a second factor as well. */
const auth = contract("The fixed contract.", {
  ...api.auth,
  login: {
    ...api.auth.login,
    raises: [...api.auth.login.raises, trialErrors.STEP_REQUIRED],
    rest: {
      ...api.auth.login.rest,
      errors: { ...api.auth.login.rest.errors, STEP_REQUIRED: { status: 403, detail: "还需要一步" } },
    },
  },
});

/** Every contract as it would be with these. */
export const trialApi = { ...api, auth, trial } as const;

/** A row as a store would have it, with a column that must not leave the server. */
const ROW = { ticket: "dGlja2V0", factors: ["totp" as const], hash: "sha256-of-the-ticket" };

const fail = async ({ input }: { readonly input: { readonly password: string } }) => {
  switch (input.password) {
    case "disabled":
      throw new AppError(accountErrors.USER_DISABLED);
    case "step":
      throw new AppError(trialErrors.STEP_UNKNOWN, { data: { known: ["password"] }, retryAfterSeconds: 2 });
    case "bug":
      // A cast that is not true, as a bug would have it.
      throw new AppError(trialErrors.STEP_REQUIRED, { data: { ...ROW, factors: ["sms" as "totp"] } });
    default:
      throw new AppError(trialErrors.STEP_REQUIRED, { data: ROW });
  }
};

export interface TrialServer {
  readonly url: string;
  readonly logLines: string[];
  close(): void;
}

/** Serves the trial's sign-in and login over HTTP, through both doors of the server. */
export async function startTrial(): Promise<TrialServer> {
  const logLines: string[] = [];
  const log = openLog("debug", { write: (line) => logLines.push(line) });
  const guard: Guard<Principal> = {
    authenticate: async () => {
      throw new Error("no procedure here asks who calls");
    },
    isRecent: () => false,
    requiring: () => NO_CHANGE,
  };
  const audit = { record: async () => {}, recordFailure: () => {}, wasTold: () => false };
  const served: Readonly<Record<string, Contract>> = { trial, auth: { login: auth.login } };
  const procedures = Object.entries(served).flatMap(([namespace, procedures]) =>
    Object.entries(procedures).map(([name, contract]) => ({
      namespace,
      name,
      contract,
      endpoint: compose(contract, fail, { guard, audit }),
    })),
  );
  const options = { trustedProxies: { hops: 0 }, answerRoom: createAnswerRoom(ROOM, () => {}) };
  const bridge = createBridge<Context>({
    // Safe: each of them has a binding.
    routes: procedures.map(({ contract, endpoint }) => ({
      procedure: contract as ProcedureContract & { readonly rest: RestBinding },
      call: endpoint,
    })),
    context: (request, response) => contextOf(request, response, options),
    language: (context) => context.language(),
    headers: () => [],
    explain: (error, context) => explain(error, context, log),
  });
  const trpc = createHTTPHandler({
    router: createRouter(procedures),
    createContext: ({ req, res }) => contextOf(req, res, options),
    basePath: "/trpc/",
  });
  const server = createServer((request, response) => {
    if (!bridge(request, response)) trpc(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logLines,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
