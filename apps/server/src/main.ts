import cluster from "node:cluster";
import { createApp } from "./app.js";
import { openHost } from "./host.js";
import { listenForOperator, workers } from "./process/manage.js";
import { listen, supervise } from "./process/serve.js";
import { explainStartFailure } from "./process/start-failure.js";
import { readEnvironment, readSettings } from "./settings/read.js";
import { declaredSettings, judgeSettings } from "./wiring/settings.js";
import { openLog } from "./world/log.js";
import { openMetrics, openSum } from "./world/metrics.js";

// The process that reads the output may stop reading: that is no reason to stop serving.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  const settings = readSettings(declaredSettings, readEnvironment(process.env), judgeSettings);
  const isMeasured = settings.http.managementPort !== undefined;
  if (cluster.isPrimary && settings.http.workers > 1) {
    if (isMeasured) {
      const { readiness, metrics } = workers();
      const operator = { expose: await openSum(metrics), readiness };
      await listenForOperator(operator, settings.http, openLog(settings.host.logLevel));
    }
    supervise(settings.http.workers);
  } else {
    const metrics = isMeasured ? await openMetrics() : undefined;
    const host = await openHost(settings.host, { metrics, keepsRoom: true });
    const app = await createApp(host, settings);
    await listen(app, host, settings.http);
  }
} catch (error) {
  const { sentences, exitCode } = explainStartFailure(error);
  process.stderr.write(`${sentences.join("\n")}\n`);
  process.exit(exitCode);
}
