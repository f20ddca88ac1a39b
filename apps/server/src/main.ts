import cluster from "node:cluster";
import { createApp } from "./app.js";
import { openHost } from "./host.js";
import { listenForOperator, workers } from "./process/manage.js";
import { measureOutput, openOutput, openServerLog } from "./process/output.js";
import { listen } from "./process/serve.js";
import { explainStartFailure } from "./process/start-failure.js";
import { watchStopSignals } from "./process/stop-signals.js";
import { supervise } from "./process/supervise.js";
import { loadServerSettings } from "./wiring/settings.js";
import { openMetrics, openSum } from "./world/metrics.js";

const output = openOutput();
const signals = watchStopSignals();
try {
  const { settings, warnings } = loadServerSettings(process.env);
  const log = openServerLog(settings.host.logLevel, output);
  if (cluster.isPrimary) for (const warning of warnings) log("warn", warning);
  const isMeasured = settings.http.managementPort !== undefined;
  if (cluster.isPrimary && settings.http.workers > 1) {
    if (isMeasured) {
      const { readiness, metrics } = workers();
      // What the workers write is written, or dropped, here.
      const own = await openMetrics({ ofNode: false });
      measureOutput(output, own);
      const all = async () => [await own.snapshot(), ...(await metrics())];
      const operator = { expose: await openSum(all), readiness };
      await listenForOperator(operator, settings.http, log);
    }
    supervise(settings.http.workers, { log, output, signals });
  } else {
    const metrics = isMeasured ? await openMetrics() : undefined;
    if (metrics !== undefined) measureOutput(output, metrics);
    const host = await openHost(settings.host, { log, metrics, keepsRoom: true });
    const app = await createApp(host, settings);
    await listen(app, host, { settings: settings.http, output, signals });
  }
} catch (error) {
  const { sentences, exitCode } = explainStartFailure(error);
  output.sentences.write(`${sentences.join("\n")}\n`);
  await output.exit(exitCode);
}
