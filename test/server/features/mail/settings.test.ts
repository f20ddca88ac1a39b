import { describe, expect, it } from "vitest";
import { parseMailServer } from "../../../../apps/server/src/features/outbox/transport.js";
import { readSettings, SettingsError } from "../../../../apps/server/src/settings/read.js";
import { declaredSettings, judgeSettings } from "../../../../apps/server/src/wiring/settings.js";

const faults = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(declaredSettings, environment, judgeSettings);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
};
const SERVER = {
  MAIL_URL: "smtp://mail.example.com",
  MAIL_FROM: "Shop <no-reply@example.com>",
  APP_URL: "https://example.com/app/",
};

describe("MAIL_URL", () => {
  it.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false }],
    ["smtps://mail.example.com", { host: "mail.example.com", port: 465, secure: true }],
    ["smtp://[::1]:2525/", { host: "::1", port: 2525, secure: false }],
    [
      "smtp://a%40b:p%3Aw%2F@mail.example.com:25",
      { host: "mail.example.com", port: 25, secure: false, auth: { user: "a@b", pass: "p:w/" } },
    ],
  ])("accepts %s", (url, server) => expect(parseMailServer(url)).toEqual(server));

  it.each([
    "mail.example.com",
    "https://mail.example.com",
    "smtp://",
    "smtp://user@mail.example.com",
    "smtp://user:%E0%A4%A@mail.example.com",
    "smtp://mail.example.com/path",
    "smtp://mail.example.com?tls.rejectUnauthorized=false",
  ])("refuses %s", (url) => {
    expect(parseMailServer(url)).toBeUndefined();
    expect(faults({ ...SERVER, MAIL_URL: url }).join()).toMatch(/^MAIL_URL must be/);
  });
});

describe("the mail settings", () => {
  it("need nothing without a mail server", () => {
    expect(faults({})).toEqual([]);
    expect(faults({ DEV_MAIL: "on" })).toEqual([]);
  });

  it("need a sender and the frontend's URL with a mail server", () => {
    expect(faults(SERVER)).toEqual([]);
    expect(faults({ MAIL_URL: SERVER.MAIL_URL })).toEqual([
      "MAIL_FROM must be set if MAIL_URL names a mail server.",
      "APP_URL must be set if MAIL_URL names a mail server.",
    ]);
  });

  it("do not show mails if they are really sent", () => {
    expect(faults({ ...SERVER, DEV_MAIL: "on" })).toEqual([
      "DEV_MAIL must be off if MAIL_URL names a mail server.",
    ]);
  });

  it.each([
    ["MAIL_FROM", "nobody"],
    ["MAIL_FROM", "A <a@example.com>\nBcc: b@example.com"],
    ["MAIL_FROM", "a@example.com, b@example.com"],
    ["APP_NAME", "Shop\r\nBcc: b@example.com"],
    ["APP_URL", "javascript:alert(1)"],
    ["APP_URL", "https://example.com/#a"],
    ["APP_URL", "https://example.com/?a=b"],
  ])("refuse %s=%s", (name, value) => {
    expect(faults({ ...SERVER, [name]: value }).join()).toMatch(new RegExp(`^${name} must`));
  });
});

describe("DEV_MAIL", () => {
  it("must be off in production", () => {
    expect(faults({ DEV_MAIL: "on", NODE_ENV: "production" })).toEqual([
      "DEV_MAIL must be off if NODE_ENV is production: its page shows every mailed secret.",
    ]);
    expect(faults({ DEV_MAIL: "off", NODE_ENV: "production" })).toEqual([]);
    for (const stage of ["development", "test"])
      expect(faults({ DEV_MAIL: "on", NODE_ENV: stage })).toEqual([]);
  });
});
