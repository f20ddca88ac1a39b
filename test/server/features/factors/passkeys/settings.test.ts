import { describe, expect, it } from "vitest";
import { judgePasskeySettings } from "../../../../../apps/server/src/features/factors/passkeys/index.js";
import {
  isOfDomain,
  type Places,
  relatedOrigins,
  relyingPartyOf,
} from "../../../../../apps/server/src/features/factors/passkeys/relying-party.js";
import { readSettings } from "../../../../../apps/server/src/settings/read.js";
import { declaredSettings, judgeSettings } from "../../../../../apps/server/src/wiring/settings.js";
import { send } from "../../../../support/rest.js";
import { startServer } from "../../../../support/server.js";

const nowhere: Places = { appUrl: undefined, publicUrl: undefined, corsOrigins: new Set() };
const unset = { rpId: undefined, origins: undefined };

const faultsOf = (environment: Readonly<Record<string, string>>) => {
  try {
    readSettings(declaredSettings, environment, judgeSettings);
    return "";
  } catch (error) {
    return String(error);
  }
};

describe("the domain of passkeys", () => {
  it("is that of the frontend, else that of the server, else this machine", () => {
    const publicUrl = "https://login.example.com/auth";
    const [app, server] = ["https://app.example.com/a", publicUrl];
    expect(relyingPartyOf(unset, { ...nowhere, appUrl: app, publicUrl }, "L").id).toBe("app.example.com");
    expect(relyingPartyOf(unset, { ...nowhere, publicUrl: server }, "L").id).toBe("login.example.com");
    expect(relyingPartyOf(unset, nowhere, "L").id).toBe("localhost");
  });

  it("may be used by pages of the frontend, the server and CORS_ORIGINS, unless the origins are listed", () => {
    const places = {
      appUrl: "https://app.example.com/a",
      publicUrl: "https://login.example.com",
      corsOrigins: new Set(["capacitor://localhost"]),
    };
    expect([...relyingPartyOf(unset, places, "L").origins]).toEqual([
      "https://app.example.com",
      "https://login.example.com",
      "capacitor://localhost",
    ]);
    const origins = new Set(["https://shop.example"]);
    expect(relyingPartyOf({ ...unset, origins }, places, "L").origins).toBe(origins);
  });

  it.each(["https://example.com", "example.com:443", "Example.com", "127.0.0.1", "[::1]", "-a.com"])(
    "cannot be %j",
    (rpId) => {
      expect(faultsOf({ WEBAUTHN_RP_ID: rpId, APP_URL: "https://example.com" })).toContain("WEBAUTHN_RP_ID");
    },
  );

  it("must be the one of some page, or above it", () => {
    const APP_URL = "https://app.example.com";
    expect(faultsOf({ APP_URL, WEBAUTHN_RP_ID: "example.com" })).toBe("");
    expect(faultsOf({ APP_URL, WEBAUTHN_RP_ID: "example.org" })).toContain("WEBAUTHN_RP_ID");
    expect(faultsOf({ APP_URL, WEBAUTHN_RP_ID: "ample.com" })).toContain("WEBAUTHN_RP_ID");
    expect(judgePasskeySettings(unset, nowhere)).toEqual([]);
    expect(isOfDomain("https://example.com.evil.example", "example.com")).toBe(false);
  });

  it.each(["https://app.example.com/", "app.example.com", "https://*.example.com", "android:apk-key-hash:x"])(
    "cannot be used by the origin %j",
    (origin) => {
      expect(faultsOf({ WEBAUTHN_ORIGINS: origin })).toContain("WEBAUTHN_ORIGINS");
    },
  );
});

describe("/.well-known/webauthn", () => {
  it("lists the origins where some are of other domains", async () => {
    const hash = "A".repeat(43);
    const WEBAUTHN_ORIGINS = `https://app.example.com, https://shop.example,android:apk-key-hash:${hash}`;
    const server = await startServer({ environment: { WEBAUTHN_ORIGINS, WEBAUTHN_RP_ID: "example.com" } });
    const answer = await send(server, "GET", "/.well-known/webauthn");
    expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ origins: ["https://app.example.com", "https://shop.example"] });
    await server.close();
  });

  it("does not exist where all pages are of one domain", async () => {
    const server = await startServer({ environment: { APP_URL: "https://app.example.com" } });
    expect((await send(server, "GET", "/.well-known/webauthn")).status).toBe(404);
    await server.close();
    const rp = relyingPartyOf(unset, { ...nowhere, appUrl: "https://example.com" }, "L");
    expect(relatedOrigins(rp)).toEqual([]);
  });
});
