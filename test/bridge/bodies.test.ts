import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { steadyOutput } from "@latchkey/contracts/kit/steady";
import { describe, expect, it } from "vitest";
import { type Success, successOf } from "../../packages/bridge/src/bodies.js";
import { fastapi } from "../../packages/bridge/src/wire/fastapi.js";
import { plain } from "../../packages/bridge/src/wire/plain.js";

const ENVELOPED: RestBinding = { method: "GET", path: "/api/auth/verify", envelope: "令牌验证成功" };
const BARE: RestBinding = { method: "GET", path: "/api/users/me" };
const OUTPUTS = [{ name: "Ada" }, { name: "Zoë" }, { name: "李雷 🙂", note: '"\\\u2028' }, {}, [1, 2]];

/** What a client gets. */
function sent({ status, body }: Success) {
  if (body === undefined) return { status };
  const bytes = Buffer.from(body.text, body.encoding);
  expect(String(bytes.length)).toBe(body.length);
  return { status, body: JSON.parse(bytes.toString("utf8")) };
}

describe("the answer for an output", () => {
  it.each(OUTPUTS)("is the same bytes whether or not the output may change: %j", (output) => {
    for (const binding of [ENVELOPED, BARE]) {
      const expected = sent(successOf(fastapi, binding, output));
      const steady = steadyOutput(structuredClone(output));
      expect(sent(successOf(fastapi, binding, steady))).toEqual(expected);
      expect(sent(successOf(fastapi, binding, steady))).toEqual(expected);
    }
  });

  it("is rendered once if the output never changes, and for each address as that promises", () => {
    const output = steadyOutput({ name: "Ada" });
    const enveloped = successOf(fastapi, ENVELOPED, output);
    expect(successOf(fastapi, ENVELOPED, output)).toBe(enveloped);
    expect(sent(successOf(plain, BARE, output)).body).toEqual({ name: "Ada" });
    expect(sent(successOf(fastapi, ENVELOPED, output)).body).toEqual({
      success: true,
      message: "令牌验证成功",
      data: { name: "Ada" },
    });
  });

  it("is made each time if the output may change, and has no body if there is none", () => {
    const output = { name: "Ada" };
    successOf(plain, BARE, output);
    output.name = "Grace";
    expect(sent(successOf(plain, BARE, output)).body).toEqual({ name: "Grace" });
    expect(sent(successOf(plain, BARE, undefined))).toEqual({ status: 204 });
  });

  it("cannot be changed behind the server's back", () => {
    const output: { name: string } = steadyOutput({ name: "Ada" });
    expect(() => {
      output.name = "Grace";
    }).toThrow(TypeError);
  });
});
