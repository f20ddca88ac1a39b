import { z } from "zod";
import { accountErrors, userErrors } from "../errors/account.js";
import { instant } from "../fields/text.js";
import { defineErrors } from "../kit/errors.js";
import { contract } from "../kit/procedure.js";

/** Errors about postcards. */
export const postcardErrors = defineErrors({
  POSTCARDS_FULL: {
    status: 409,
    message: "No more postcards can be kept.",
    zh: "无法保留更多明信片。",
    help: "Wait until an old one is deleted.",
    data: z
      .object({ kept: z.int().meta({ description: "How many are kept." }) })
      .meta({ id: "PostcardsFull" }),
    example: { kept: 3 },
  },
});

const text = z.string().min(1).max(200).meta({ description: "What is written on it." });

const WriteInput = z.object({ text }).meta({ id: "WritePostcardInput" });

const Postcard = z.object({ id: z.uuid(), text, writtenAt: instant }).meta({ id: "Postcard" });

const postcardExample = {
  id: "019bc1a0-6c00-7a2b-8f3e-2d4c6b8a9e01",
  text: "Greetings from Delft",
  writtenAt: "2026-01-15T12:00:00.000Z",
};

/** Postcards that users leave for themselves. */
export const postcards = contract("Postcards that users leave for themselves.", {
  write: {
    kind: "mutation",
    access: "account",
    summary: "Write a postcard",
    description: "It is kept for 30 days, and a copy is mailed to the account's address.",
    input: WriteInput,
    output: Postcard,
    raises: [...userErrors, accountErrors.TOO_MANY_REQUESTS, postcardErrors.POSTCARDS_FULL],
    audit: "postcards.write",
    rest: { method: "POST", path: "/api/v1/postcards" },
    example: { input: { text: postcardExample.text }, output: postcardExample },
  },
  list: {
    kind: "query",
    access: "account",
    summary: "Read your postcards",
    description: "The account's postcards, newest first.",
    input: z.void(),
    output: z.object({ postcards: z.array(Postcard) }).meta({ id: "Postcards" }),
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/postcards" },
    example: { output: { postcards: [postcardExample] } },
  },
});
