import { feedErrors } from "@latchkey/contracts/errors/feed";
import { type AnyErrorDefinition, commonErrors } from "@latchkey/contracts/kit/errors";

export const FEED_PATH = "/api/v1/revocations";

/** The errors of the revocation feed. */
export const FEED_ERRORS: readonly AnyErrorDefinition[] = Object.values(feedErrors);

const CURSOR = { type: "string", examples: ["4711.1804289383"] };

const read = {
  type: "object",
  properties: {
    snapshot: {
      type: "boolean",
      description: "Whether it begins with everything that matters now, because the cursor is not known.",
    },
    sids: {
      type: "array",
      items: { type: "string" },
      description: "Sessions that ended: every token whose `sid` is one of them is revoked.",
    },
    until: {
      type: "integer",
      description: "Until when a token of these sessions may not have expired, in milliseconds since 1970.",
    },
    cursor: { ...CURSOR, description: "Where to continue." },
    more: { type: "boolean", description: "Whether there is more, for which to ask at once." },
  },
  required: ["snapshot", "sids", "until", "cursor", "more"],
};

const refusal = ({ code, message }: AnyErrorDefinition) => ({
  description: message,
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: {
          error: {
            type: "object",
            properties: { code: { type: "string" }, message: { type: "string" } },
            required: ["code", "message"],
          },
        },
        required: ["error"],
      },
      example: { error: { code, message } },
    },
  },
});

/** The feed in the OpenAPI document: it is no procedure, so no contract describes it. */
export const feedPath = {
  get: {
    operationId: "revocationsFollow",
    tags: ["revocations"],
    summary: "Follow which sessions ended",
    description:
      "For other services, which refuse the tokens of these sessions. With `Accept: text/event-stream` it is a " +
      "stream of events that goes on, otherwise one answer. It exists if the server has a `REVOCATION_FEED_KEY`, " +
      "which takes the place of a token here.",
    security: [{ bearer: [] }],
    parameters: [
      { name: "after", in: "query", schema: CURSOR, description: "The cursor of the last answer or event." },
      {
        name: "Last-Event-ID",
        in: "header",
        schema: CURSOR,
        description: "The same, as browsers and libraries send it; it wins over `after`.",
      },
    ],
    responses: {
      200: {
        description: "Success",
        content: {
          "application/json": {
            schema: read,
            example: {
              snapshot: false,
              sids: ["4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11"],
              until: 1768565100000,
              cursor: "4711.1804289383",
              more: false,
            },
          },
          "text/event-stream": {
            schema: { type: "string" },
            example:
              "event: snapshot\nid: 4711.1804289383\n" +
              'data: {"sids":["4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11"],"until":1768565100000}\n\n' +
              "event: beat\ndata: {}\n\n",
          },
        },
      },
      401: refusal(feedErrors.FEED_KEY_INVALID),
      503: {
        ...refusal(commonErrors.UNAVAILABLE),
        description: `${commonErrors.UNAVAILABLE.message} ${feedErrors.FEED_FULL.message}`,
        headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } },
      },
    },
  },
};

export const feedTag = { name: "revocations", description: "Which sessions ended, for other services." };
