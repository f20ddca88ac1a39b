import fc from "fast-check";
import { address } from "./addresses.js";
import type { FieldKind } from "./endpoints.js";

const joined = (pieces: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((list) => list.join(""));

const words = joined(["a", "Z", "7", " ", "é", "用户", "\u{1f600}", "@", ".", "'", "\\", '"', "\u200b"], 8);
const rude = joined(["a", "b", "\0", "\u0007", "\t", "\u007f", "\ud800", "\udc00", "<", ">", "\u{1f600}"], 7);
/** Around the limits, which count code points. */
const lengths = fc.constantFrom(
  ...["12345", "123456", "     ", "      ", "e\u0301e\u0301e\u0301"],
  ...[3, 5, 6, 50, 51].map((times) => "\u{1f600}".repeat(times)),
  ...[50, 51].map((times) => "用".repeat(times)),
  ` ${"u".repeat(50)} `,
);
const text = fc.oneof({ weight: 3, arbitrary: words }, { weight: 2, arbitrary: lengths }, rude);

/** Values for a field of each kind. */
export const TEXTS: Readonly<Record<FieldKind, fc.Arbitrary<string>>> = {
  address: fc.oneof({ weight: 8, arbitrary: address }, rude),
  username: fc.oneof(
    { weight: 6, arbitrary: text },
    fc.constantFrom("user@example.com", "USER@example.com "),
  ),
  newPassword: text,
  attempt: fc.oneof({ weight: 6, arbitrary: text }, fc.constantFrom("user@example.com", "a@b")),
  personal: text,
};
