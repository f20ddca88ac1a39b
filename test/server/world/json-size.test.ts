import { expect, it } from "vitest";
import { roughSizeOf, sizeOf } from "../../../apps/server/src/world/json-size.js";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  12,
  "",
  "Zoë",
  "李雷".repeat(200),
  { name: "Ada", more: { emails: ["ada@example.com", null] } },
  [{ a: 1 }, { b: "🙂" }],
  Array.from({ length: 500 }, (_, id) => ({ id, name: `user ${id}` })),
];

it.each(VALUES)(
  "a rough size is never less than the size, and is the size of everything large: %.40j",
  (value) => {
    const [rough, exact] = [roughSizeOf(value), sizeOf(value)];
    expect(rough).toBeGreaterThanOrEqual(exact);
    if (rough > 1024) expect(rough).toBe(exact);
  },
);
