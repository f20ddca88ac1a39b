import { createHmac } from "node:crypto";
import { JWT_SECRET } from "../play.js";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

function sign(header: object, claims: unknown, secret = JWT_SECRET): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Tokens derived from a genuine one, which was signed with the shared secret. Some of them are as good. */
export function forgeries(genuine: string): Readonly<Record<string, string>> {
  const [head = "", body = "", signature = ""] = genuine.split(".");
  const header: { readonly alg: string; readonly typ: string } = decode(head);
  const claims: Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number } =
    decode(body);
  const without = (key: string) =>
    sign(header, Object.fromEntries(Object.entries(claims).filter(([name]) => name !== key)));
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const sibling = last[last.indexOf(signature.at(-1) ?? "") ^ 1];
  return {
    "signed again": sign(header, claims),
    "with another key": sign(header, claims, "another secret of thirty-two bytes and more"),
    "with the algorithm none": `${encode({ ...header, alg: "none" })}.${body}.`,
    "with the algorithm HS512 in its header": sign({ ...header, alg: "HS512" }, claims),
    "without a typ": sign({ alg: header.alg }, claims),
    "with another typ": sign({ ...header, typ: "at+jwt" }, claims),
    "with a kid": sign({ ...header, kid: "unknown" }, claims),
    "with a critical extension": sign({ ...header, crit: ["exp"] }, claims),
    "without a signature": `${head}.${body}.`,
    "with a short signature": `${head}.${body}.${signature.slice(0, -4)}`,
    "of another spelling": `${head}.${body}.${signature.slice(0, -1)}${sibling}`,
    "with padding": `${genuine}=`,
    "of four parts": `${genuine}.AAAA`,
    "with other claims under the old signature": `${head}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
    "without sub": without("sub"),
    "without username": without("username"),
    "without iat": without("iat"),
    "without exp": without("exp"),
    "without jti": without("jti"),
    "without sid": without("sid"),
    "of an unknown account": sign(header, { ...claims, sub: "00000000-0000-4000-8000-000000000000" }),
    "of an unknown session": sign(header, { ...claims, sid: "00000000-0000-4000-8000-000000000000" }),
    "with an unknown jti": sign(header, { ...claims, jti: "00000000-0000-4000-8000-000000000000" }),
    "with exp in the past": sign(header, { ...claims, exp: claims.iat - 1 }),
    "with exp as text": sign(header, { ...claims, exp: String(claims.exp) }),
    "with fractions of a second": sign(header, { ...claims, exp: claims.exp + 0.5 }),
    "with iat a minute ahead": sign(header, { ...claims, iat: claims.iat + 60 }),
    "with iat an hour ahead": sign(header, { ...claims, iat: claims.iat + 3600 }),
    "with nbf an hour ahead": sign(header, { ...claims, nbf: claims.iat + 3600 }),
    "of another issuer": sign(header, { ...claims, iss: "https://other.example" }),
    "with an audience": sign(header, { ...claims, aud: "other" }),
    "that claims a role": sign(header, { ...claims, role: "admin" }),
    "that is an array": sign(header, [claims]),
    "that is null": sign(header, null),
  };
}
