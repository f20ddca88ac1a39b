import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { createLateness } from "../../../../apps/server/src/http/edge/pipelined.js";

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
const answered = { socket: {} } as ServerResponse;
const unanswered = { socket: null } as ServerResponse;
/** The parts of a request that are looked at, as Node provides them. */
const request = (socket: object, headers = {}) => ({ socket, headers }) as IncomingMessage;

it(
  "does not treat as late a request that follows an answered request without a body, found by an earlier " +
    "look",
  async () => {
    const isLate = createLateness();
    const socket = {};
    expect(isLate(request(socket), answered)).toBe(false);
    await turn();
    expect(isLate(request(socket, { "content-length": "0" }), answered)).toBe(false);
    await turn();
    expect(isLate(request(socket), answered)).toBe(false);
    expect(isLate(request({}), answered)).toBe(false);
  },
);

it("treats as late a request that may have been found because of what is ahead of it on its connection", async () => {
  const isLate = createLateness();
  const [one, two, three, four] = [{}, {}, {}, {}];
  isLate(request(one), answered);
  isLate(request(two, { "content-length": "2" }), answered);
  isLate(request(three, { "transfer-encoding": "chunked" }), answered);
  isLate(request(four), answered);
  expect(isLate(request(four), answered)).toBe(true);
  await turn();
  expect(isLate(request(one), unanswered)).toBe(true);
  expect(isLate(request(two), answered)).toBe(true);
  expect(isLate(request(three), answered)).toBe(true);
});
