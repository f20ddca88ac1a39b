import { randomBytes } from "node:crypto";
import jsQR from "jsqr";
import { describe, expect, it } from "vitest";
import type { TotpSecret } from "../../../../../apps/server/src/features/factors/totp/code.js";
import {
  fromStored,
  otpauthUri,
  parseOtpauthUri,
  toStored,
  usualSecret,
} from "../../../../../apps/server/src/features/factors/totp/otpauth.js";
import { qrCodeSvg } from "../../../../../apps/server/src/features/factors/totp/qr-code.js";

const secret = usualSecret(Buffer.from("12345678901234567890"));
const unusual: TotpSecret = { ...secret, algorithm: "SHA256", digits: 8, periodSeconds: 60 };
const label = { issuer: "Ada & Co: 登录", account: "ada+1@example.com" };

describe("the URI for authenticator apps", () => {
  it("names issuer, account and secret, escaped, and the parameters that are used", () => {
    expect(otpauthUri(secret, label)).toBe(
      "otpauth://totp/Ada%20%26%20Co%20%20%E7%99%BB%E5%BD%95:ada%2B1%40example.com" +
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30" +
        "&issuer=Ada%20%26%20Co%20%20%E7%99%BB%E5%BD%95",
    );
  });

  it.each([secret, unusual])("is read back: %o", (of) => {
    expect(parseOtpauthUri(otpauthUri(of, label))).toEqual({ ...of, bytes: new Uint8Array(of.bytes) });
  });

  it.each([
    ["otpauth://totp/x?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq", secret],
    ["otpauth://totp/?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ%3D%3D&issuer=x&algorithm=sha1", secret],
    [
      "OTPAUTH://TOTP/a:b?period=60&digits=8&algorithm=HmacSHA256&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
      unusual,
    ],
  ])("is read as other programs write it: %s", (uri, expected) => {
    expect(parseOtpauthUri(uri)).toEqual({ ...expected, bytes: new Uint8Array(expected.bytes) });
  });

  it.each([
    "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1",
    "otpauth://totp/x",
    "otpauth://totp/x?secret=",
    "otpauth://totp/x?secret=GEZDGNBV",
    "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=5",
    "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=MD5",
    "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=0",
    "https://example.com/?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "",
  ])("is not read if nothing can be computed from it: %j", (uri) => {
    expect(parseOtpauthUri(uri)).toBeUndefined();
  });
});

describe("the stored form of a secret", () => {
  it("is the secret alone as a rule, and says what else is unusual", () => {
    expect(toStored(secret)).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    expect(toStored(unusual)).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ?algorithm=SHA256&digits=8&period=60");
  });

  it.each([secret, unusual])("is read back: %o", (of) => {
    expect(fromStored(toStored(of))).toEqual({ ...of, bytes: new Uint8Array(of.bytes) });
  });
});

/** The pixels that a browser would draw, four to a module. */
function drawn(svg: string, scale = 4) {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const side = size * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  const [, , dark = ""] = svg.split('d="');
  for (const [, x, y, length] of dark.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      const from = (row * side + Number(x) * scale) * 4;
      for (let at = from; at < from + Number(length) * scale * 4; at += 1) if (at % 4 !== 3) pixels[at] = 0;
    }
  }
  return { pixels, side };
}

describe("the QR code", () => {
  it("is read by a reader that is not ours, for random secrets and names of many lengths", () => {
    for (let length = 1; length <= 50; length += 7) {
      const uri = otpauthUri(usualSecret(randomBytes(20)), {
        issuer: "登录",
        account: "a".repeat(length * 5),
      });
      const { pixels, side } = drawn(qrCodeSvg(uri));
      expect(jsQR.default(pixels, side, side)?.data).toBe(uri);
    }
  });

  it("is one SVG image without script, style or reference to anything", () => {
    const svg = qrCodeSvg(otpauthUri(secret, label));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^<>]*>(<path [^<>]*\/>){2}<\/svg>$/);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/style|script|href|url|http/);
    expect(svg.length).toBeLessThan(20_000);
  });
});
