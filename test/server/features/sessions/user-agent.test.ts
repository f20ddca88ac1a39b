import { describe, expect, it } from "vitest";
import { parseUserAgent } from "../../../../apps/server/src/features/sessions/user-agent.js";

const MOZILLA = "Mozilla/5.0";
const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME = "Chrome/131.0.0.0 Safari/537.36";
const WINDOWS = "(Windows NT 10.0; Win64; x64)";
const MAC = "(Macintosh; Intel Mac OS X 10_15_7)";

describe("a device in words", () => {
  it.each([
    [`${MOZILLA} (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0`, "Firefox, Linux"],
    [`${MOZILLA} ${WINDOWS} ${WEBKIT} ${CHROME}`, "Chrome, Windows"],
    [`${MOZILLA} ${WINDOWS} ${WEBKIT} ${CHROME} Edg/131.0.0.0`, "Edge, Windows"],
    [
      `${MOZILLA} ${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`,
      "Safari, macOS",
    ],
    [
      `${MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
      "Safari, iOS",
    ],
    [
      `${MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50`,
      "WeChat, iOS",
    ],
    [
      `${MOZILLA} (Linux; Android 14; SM-S918B) ${WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
      "Samsung Internet, Android",
    ],
    [
      `${MOZILLA} (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
      "Safari, iPadOS",
    ],
    [`${MOZILLA} (X11; CrOS x86_64 14541.0.0) ${WEBKIT} ${CHROME}`, "Chrome, ChromeOS"],
    ["curl/8.5.0", "curl"],
    ["python-requests/2.32.3", "python-requests"],
    ["MyApp/1.0 CFNetwork/1568 Darwin/24.1.0", "MyApp, macOS"],
    [MOZILLA, ""],
    ["<script>alert(1)</script>", ""],
    [undefined, ""],
  ])("%s is %s", (userAgent, device) => {
    const { browser, system } = parseUserAgent(userAgent);
    expect([browser, system].filter((name) => name !== null).join(", ")).toBe(device);
  });
});
