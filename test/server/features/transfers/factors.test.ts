import { describe, expect, it } from "vitest";
import { keycloakFactors } from "../../../../apps/server/src/cli/transfer/keycloak.js";
import { describeTransferred, readFactors } from "../../../../apps/server/src/features/transfers/factors.js";

const NOW_MS = 1_700_000_000_000;
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/x:y?secret=${SECRET}`;
const read = (value: unknown) => readFactors(value, NOW_MS);
const app = (change: object = {}) => ({
  ...{ kind: "totp", id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: "Authenticator", secret: SECRET },
  ...{ createdAtMs: NOW_MS, ...change },
});
const passkey = {
  ...{ kind: "passkey", name: "My phone", id: "4ZP0nGWWyfyXnM2kZ0tJ3Q", spki: "MFkwEwYH", algorithm: -7 },
  ...{ rp_id: "example.com", counter: 3, user_verified: true, backup_eligible: true, backed_up: false },
  ...{ transports: "internal hybrid", aaguid: "08987058-cadc-4b81-b6e1-30de50dcbe96" },
  created_at: "2024-05-01T08:15:30.000Z",
};

describe("second factors of a row", () => {
  it.each([undefined, null, "", "[]", [[]].flat()])("may be none: %j", (value) => {
    expect(read(value)).toEqual([]);
  });

  it.each([URI, ` ${URI}\n`, Buffer.from(URI), [URI], JSON.stringify([URI]), [{ kind: "totp", uri: URI }]])(
    "may be an otpauth URI, alone or in a list: %j",
    (value) => expect(read(value)).toEqual([app()]),
  );

  it("are read from the rows of Supabase, without those that were never used", () => {
    const row = { factor_type: "totp", status: "verified", friendly_name: "Phone", secret: SECRET };
    const at = { created_at: "2024-05-01 08:15:30+00" };
    const unverified = { ...row, status: "unverified", secret: "" };
    const phone = { factor_type: "phone", status: "verified", phone: "123" };
    const text = JSON.stringify([{ ...row, ...at }, unverified, phone, { ...row, factor_type: "webauthn" }]);
    expect(read(text)).toEqual([app({ name: "Phone", createdAtMs: Date.parse("2024-05-01T08:15:30Z") })]);
    const sealed = { ...row, secret: '{"key_id":"x","alg":"aes-gcm-hkdf","data":"y"}' };
    expect(read([sealed])).toBeUndefined();
    expect(read([{ ...row, factor_type: "another" }])).toBeUndefined();
  });

  it("are read back from our own export", () => {
    const factors =
      read([{ kind: "totp", name: "登录", uri: `${URI}&digits=8`, created_at: NOW_MS }, passkey]) ?? [];
    expect(factors).toHaveLength(2);
    const written = factors.map((factor) => describeTransferred(factor, "ada@example.com"));
    expect(written[0]).toMatchObject({
      name: "登录",
      uri: expect.stringContaining("otpauth://totp/Latchkey:ada%40"),
    });
    expect(written[1]).toEqual(passkey);
    const again = read(JSON.stringify(written)) ?? [];
    expect(again).toEqual([{ ...factors[0], id: expect.any(String) }, factors[1]]);
  });

  it.each([
    "secret",
    SECRET,
    "{",
    true,
    7,
    "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1",
    "otpauth://totp/x?secret=GEZA",
    [URI, "another"],
    [{ kind: "sms" }],
    [{ kind: "totp" }],
    [{ kind: "totp", uri: URI, created_at: "yesterday" }],
    [{ ...passkey, rp_id: undefined }],
    [{ ...passkey, spki: "a b" }],
    [{ ...passkey, counter: -1 }],
    [{ ...passkey, backed_up: "perhaps" }],
    [passkey, passkey],
    Array(26).fill(URI),
  ])("are refused if one cannot be read: %j", (value) => {
    expect(read(value)).toBeUndefined();
  });
});

describe("authenticator apps of Keycloak", () => {
  const credential = (data: object, value = "12345678901234567890", type = "otp") => ({
    ...{ id: "5f1e2d3c-0000-4000-8000-000000000001", type, userLabel: "Phone", createdDate: 1714551330000 },
    secretData: JSON.stringify({ value }),
    credentialData: JSON.stringify(data),
  });
  const usual = { subType: "totp", digits: 6, counter: 0, period: 30, algorithm: "HmacSHA1" };
  const named = { name: "Phone", createdAtMs: 1714551330000 };

  it("have the characters of the text as their secret, or Base32 if the data says so", () => {
    expect(read(keycloakFactors([credential(usual)]))).toEqual([app(named)]);
    const encoded = credential({ ...usual, secretEncoding: "BASE32" }, SECRET);
    expect(read(keycloakFactors([encoded]))).toEqual([app(named)]);
  });

  it("keep their algorithm, digits and period", () => {
    const unusual = credential({ ...usual, digits: 8, period: 60, algorithm: "HmacSHA256" });
    const secret = `${SECRET}?algorithm=SHA256&digits=8&period=60`;
    expect(read(keycloakFactors([unusual]))).toEqual([app({ ...named, secret })]);
  });

  it("are refused if their codes are counted, and no other credential is one", () => {
    expect(read(keycloakFactors([credential({ ...usual, subType: "hotp" })]))).toBeUndefined();
    expect(keycloakFactors([credential({}, "x", "password"), credential(usual, ""), null, "x"])).toEqual([]);
  });
});
