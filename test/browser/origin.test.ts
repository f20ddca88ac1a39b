import { expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD } from "../support/rest.js";
import { openExample } from "./example.js";

it.skipIf(noBrowser !== undefined)(
  "a page of an origin that is not listed is named in the server's log and in its own console, once",
  async () => {
    const example = await openExample({ environment: { CORS_ORIGINS: "https://app.example.com" } });
    const { page, pages, relay, server } = example;
    const said: string[] = [];
    // What the page says that is loaded now, and not the one before.
    await page.reload({ waitUntil: "commit" });
    page.on("console", (message) => {
      if (message.text().includes("CORS_ORIGINS")) said.push(message.text());
    });
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Username").fill("user");
    await page.getByLabel("Email address").fill(freshEmail());
    await page.getByLabel("Password").fill(PASSWORD);
    for (const _ of [1, 2]) {
      await page.getByRole("button", { name: "Sign up" }).click();
      await page.getByText("The server could not be reached").first().waitFor();
    }
    expect(said).toEqual([
      `${relay.url}/trpc did not answer. If the server is running, add ${pages.url} to its CORS_ORIGINS.`,
    ]);
    const lines = server.logLines.filter((line) => line.includes("CORS_ORIGINS"));
    expect(lines.map((line) => JSON.parse(line).origin)).toEqual([pages.url]);
    await example.close();
  },
  60_000,
);
