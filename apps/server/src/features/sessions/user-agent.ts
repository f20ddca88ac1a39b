/** What a client is, in words for people; `null` where its `User-Agent` does not tell. */
export interface Device {
  /** The browser or other program, such as `Firefox`. */
  readonly browser: string | null;
  /** The operating system, such as `Windows`. */
  readonly system: string | null;
}

type Names = ReadonlyArray<readonly [RegExp, string]>;

/** The first that fits counts: nearly all of them also call themselves what stands further down. */
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

/** Programs name themselves first: `curl/8.5.0`, `python-requests/2.32`. */
const PROGRAM = /^(?!Mozilla\/)([A-Za-z][\w.-]{0,31})\//;

/** Also a program that is not among the browsers, by the name that it gives itself. */
export function parseUserAgent(userAgent: string | null | undefined): Device {
  const { browser, system } = knownDevice(userAgent);
  return { browser: browser ?? PROGRAM.exec(userAgent ?? "")?.[1] ?? null, system };
}

/** The same in names of ours alone: what a client calls itself is anybody's text. */
export function knownDevice(userAgent: string | null | undefined): Device {
  const text = userAgent ?? "";
  return { browser: nameIn(BROWSERS, text), system: nameIn(SYSTEMS, text) };
}

function nameIn(names: Names, text: string): string | null {
  return names.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
