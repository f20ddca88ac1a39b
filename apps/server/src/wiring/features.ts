import type { Host } from "../host.js";
import { startCleaning } from "./cleaning.js";
import { openFoundation } from "./foundation.js";
import { openIdentity } from "./identity.js";
import { openOutward } from "./outward.js";
import { gather } from "./parts.js";
import type { AppSettings } from "./settings.js";

export type Features = Awaited<ReturnType<typeof openFeatures>>;

/** Opens every feature, floor by floor. `processes` is how many servers share this machine. */
export async function openFeatures(host: Host, settings: AppSettings, processes: number) {
  const foundation = await openFoundation(host, settings, processes);
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
  const { mounts, surfaces, cleaned, start, close } = gather([
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
    surfaces,
    start,
    async close() {
      stopCleaning();
      await close();
    },
  };
}
