import { once } from "node:events";
import { connect } from "node:net";
import type { AppSettings } from "../../wiring/settings.js";
import { type Finding, findingsOf } from "./finding.js";

const PATIENCE_MS = 3000;
/** The last day on which each Node release line gets security fixes; later lines are not known yet. */
const NODE_ENDS: Readonly<Record<number, string>> = {
  22: "2027-04-30",
  23: "2025-06-01",
  24: "2028-04-30",
  25: "2026-06-01",
};

export function examineNode(version: string, nowMs: number): Finding {
  const { ok, warning } = findingsOf("node");
  const [major = 0] = version.replace(/^v/, "").split(".").map(Number);
  const message = `Node is ${version}.`;
  if (nowMs > Date.parse(NODE_ENDS[major] ?? "9999")) {
    return warning(message, "It no longer gets security fixes: install a later one.");
  }
  return ok(message);
}

export function examineProxy({ trustProxy, host }: AppSettings["http"]): Finding {
  const { ok, warning } = findingsOf("proxy");
  const trusts = "networks" in trustProxy || trustProxy.hops > 0;
  const isLocal = host !== undefined && /^(127\.|localhost$|::1$)/.test(host);
  if (trusts && host === undefined) {
    return warning(
      "A proxy is trusted, but the server listens on every address: a client that bypasses the proxy can " +
        "claim any address.",
      "Set HOST to the address that the proxy connects to, or block other clients with a firewall.",
    );
  }
  if (!trusts && isLocal) {
    return warning(
      "Only this machine can connect, so there must be a proxy in front, but none is trusted: all clients " +
        "count as one network.",
      "Set TRUST_PROXY to the number of proxies.",
    );
  }
  return ok(trusts ? "A proxy is trusted." : "No proxy is trusted: clients connect directly.");
}

export async function examineMail(
  { server }: AppSettings["mail"],
  { policy }: AppSettings["verification"],
): Promise<Finding> {
  const { ok, warning, fault } = findingsOf("mail");
  if (server === "log" && policy === "required") {
    return fault(
      "EMAIL_VERIFICATION=required needs a mail server, and there is none: new users cannot sign in.",
      "Set MAIL_URL and MAIL_FROM, or set EMAIL_VERIFICATION to soft or off.",
    );
  }
  if (server === "log") {
    return warning("There is no mail server: mails are kept and not sent.", "Set MAIL_URL and MAIL_FROM.");
  }
  const socket = connect({ host: server.host, port: server.port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ok("The mail server can be reached.");
  } catch {
    return fault("The mail server cannot be reached.", "Check MAIL_URL, and try `latchkey mail test`.");
  } finally {
    socket.destroy();
  }
}
