import cluster from "node:cluster";
import { createApp, declaredSettings } from "./app.js";
import { openHost } from "./host.js";
import { listen, supervise } from "./serve.js";
import { readEnvironment, readSettings } from "./settings.js";
import { explainStartFailure } from "./start-failure.js";

try {
  const settings = readSettings(declaredSettings, readEnvironment(process.env));
  if (cluster.isPrimary && settings.http.workers > 1) {
    supervise(settings.http.workers);
  } else {
    const host = openHost(settings.host);
    const app = await createApp(host, settings);
    await listen(app, host, settings.http);
  }
} catch (error) {
  const { sentences, exitCode } = explainStartFailure(error);
  process.stderr.write(`${sentences.join("\n")}\n`);
  process.exit(exitCode);
}
