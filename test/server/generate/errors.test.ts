import { api } from "@latchkey/contracts/api";
import { expect, it } from "vitest";
import { errorReference } from "../../../apps/server/generate/errors.js";
import { trialApi } from "../../support/trial-api.js";

const sectionsOf = (page: string) =>
  new Map(page.split("\n## ").map((text) => [text.split("\n", 1)[0], text]));

it("lists the data of an error, with an example", () => {
  const sections = sectionsOf(errorReference(trialApi));
  expect(sections.get("STEP_REQUIRED")).toBe(`STEP_REQUIRED

A further step is required. Call again with the ticket and a code.

Its data is \`error.next\` under \`/api/v1\` and \`error.data.next\` over tRPC:

- \`ticket\`: Names this sign-in in the next step.
- \`factors\`
- \`expiresInSeconds\`

\`\`\`json
{
  "ticket": "dGlja2V0",
  "factors": [
    "totp",
    "recoveryCode"
  ],
  "expiresInSeconds": 600
}
\`\`\`

| procedure | REST |
|---|---|
| \`auth.login\` | \`POST /api/auth/login\` → 403 \`还需要一步\` |
| \`trial.signIn\` | \`POST /api/v1/trial/sign-in\` → 403 \`A further step is required.\` |
`);
});

it("says the same as before of errors that carry none", () => {
  const [before, after] = [sectionsOf(errorReference(api)), sectionsOf(errorReference(trialApi))];
  expect(after.get("USERNAME_TAKEN")).toBe(before.get("USERNAME_TAKEN"));
});
