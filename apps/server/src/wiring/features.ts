import { type PasswordLengths, withPasswordLengths } from "@latchkey/contracts/fields/password-length";
import { renewAccountKeys } from "../features/accounts/index.js";
import type { Host } from "../host.js";
import { startCleaning } from "./cleaning.js";
import { openFoundation } from "./foundation.js";
import { openIdentity } from "./identity.js";
import { passwordLengths } from "./openapi.js";
import { openOutward } from "./outward.js";
import { gather, type Surfaces } from "./parts.js";
import type { AppSettings } from "./settings.js";

export type Features = Awaited<ReturnType<typeof openFeatures>>;

/** Opens every feature, floor by floor. `processes` is how many servers share this machine. */
export async function openFeatures(host: Host, settings: AppSettings, processes: number) {
  const foundation = await openFoundation(host, settings, processes);
  await renewAccountKeys(host);
  const identity = openIdentity(host, settings, foundation);
  const outward = openOutward(host, settings, foundation, identity);
  const opened = [...foundation.parts, ...identity.parts, ...outward.parts];
  const { letters, deciders } = gather(opened);
  const { mailing, sending } = foundation;
  mailing.addLetters(letters);
  const mailWorker = sending.openWorker({
    render: mailing.render,
    mayBeSent: mailing.quota.mayBeSent,
    deciders,
  });
  const { mounts, surfaces, cleaned, start, drain, close } = gather([
    ...opened,
    { start: mailWorker.start, close: mailWorker.stop },
  ]);
  const stopCleaning = startCleaning(cleaned, host.log);
  return {
    ...foundation,
    ...identity,
    ...outward,
    mailWorker,
    mounts,
    surfaces: withLengths(surfaces, passwordLengths(settings.credentials)),
    start,
    drain,
    async close() {
      stopCleaning();
      await close();
    },
  };
}

/** Every surface with its contract as the settings say. */
function withLengths(surfaces: Surfaces, lengths: PasswordLengths): Surfaces {
  const changed = Object.entries(surfaces).map(([name, { contract, handlers }]) => [
    name,
    { handlers, contract: withPasswordLengths(name, contract, lengths) },
  ]);
  return Object.fromEntries(changed);
}
