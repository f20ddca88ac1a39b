/** The client's program and system in words for people; `null` if its `User-Agent` does not say. */
export interface Device {
  /** The browser or other program, such as `Firefox`. */
  readonly browser: string | null;
  /** The operating system, such as `Windows`. */
  readonly system: string | null;
}

type Names = ReadonlyArray<readonly [RegExp, string]>;

/** The first match wins: nearly all of them also contain names that come later in the list. */
const BROWSERS: Names = [
  [/\bMicroMessenger\//, "WeChat"],
  [/\bAlipayClient\//, "Alipay"],
  [/\b(Edg|EdgA|EdgiOS|Edge)\//, "Edge"],
  [/\b(OPR|OPT|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bHuaweiBrowser\//, "Huawei Browser"],
  [/\bMiuiBrowser\//, "Mi Browser"],
  [/\bM?QQBrowser\//, "QQ Browser"],
  [/\bU?CBrowser\//, "UC Browser"],
  [/\bYaBrowser\//, "Yandex Browser"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bElectron\//, "Electron"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];

const SYSTEMS: Names = [
  [/\b(iPhone|iPod)\b/, "iOS"],
  [/\biPad\b/, "iPadOS"],
  [/\b(Open)?HarmonyOS\b/, "HarmonyOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\b(Mac OS X|Macintosh|Darwin)\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** Programs begin with their own name: `curl/8.5.0`, `python-requests/2.32`. */
const PROGRAM = /^(?!Mozilla\/)([A-Za-z][\w.-]{0,31})\//;

/** Also recognises programs that are not browsers, by the name that they give themselves. */
export function parseUserAgent(userAgent: string | null | undefined): Device {
  const { browser, system } = knownDevice(userAgent);
  return { browser: browser ?? PROGRAM.exec(userAgent ?? "")?.[1] ?? null, system };
}

/** The same, but only with names from our list: the rest of a `User-Agent` is text from a stranger. */
export function knownDevice(userAgent: string | null | undefined): Device {
  const text = userAgent ?? "";
  return { browser: nameIn(BROWSERS, text), system: nameIn(SYSTEMS, text) };
}

function nameIn(names: Names, text: string): string | null {
  return names.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
