import { createClient } from "@latchkey/client";
import { LatchkeyProvider, SignedIn, SignedOut, useSession, useUser } from "@latchkey/client/react";
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";

const client = createClient({ url: "http://127.0.0.1:1", storage: "memory" });
const user = {
  id: "5f4c1a52-3f0e-4d6f-8a53-6a6a1f6d2f11",
  username: "ada",
  email: "ada@example.com",
  created_at: "2025-07-17T10:00:00Z",
  updated_at: "2025-07-17T10:00:00Z",
};

function Page(): ReactNode {
  return [
    useSession().status,
    useUser()?.username,
    createElement(SignedIn, { key: "in" }, "inside"),
    createElement(SignedOut, { key: "out" }, "outside"),
  ];
}

/** What a server would send. */
const render = (initialState?: Parameters<typeof LatchkeyProvider>[0]["initialState"]) =>
  renderToString(
    createElement(LatchkeyProvider, { client, ...(initialState && { initialState }) }, createElement(Page)),
  ).replaceAll("<!-- -->", " ");

describe("React's hooks, rendered by a server", () => {
  it("show neither side while the session is unknown", () => {
    expect(render()).toBe("pending");
  });

  it("show what the server has found", () => {
    expect(render({ status: "signed-in", user })).toBe("signed-in ada inside");
    expect(render({ status: "signed-out" })).toBe("signed-out outside");
  });

  it("report a missing provider", () => {
    expect(() => renderToString(createElement(Page))).toThrow("<LatchkeyProvider>");
  });
});
