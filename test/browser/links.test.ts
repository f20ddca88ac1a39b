import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newAdmin } from "../server/features/user-administration/doors.js";
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { type SmtpServer, startSmtp } from "../support/smtp.js";
import { type Example, enterByHand, openExample, openTab, signInByHand, status } from "./example.js";

const NEW_PASSWORD = `${PASSWORD} two`;

describe.skipIf(noBrowser !== undefined).each(["token", "cookie"] as const)(
  `a mailed link, with the session in a %s${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  (session) => {
    let smtp: SmtpServer;
    let example: Example;
    beforeAll(async () => {
      smtp = await startSmtp();
      const environment = {
        MAIL_URL: smtp.url,
        MAIL_FROM: "Latchkey <login@example.com>",
        COOKIE_SESSIONS: "on",
      };
      example = await openExample({ session, environment });
    }, 120_000);
    afterAll(async () => {
      await example?.close();
      await smtp?.close();
    });

    /** The link in the newest mail that an address has received over SMTP. */
    async function linkTo(address: string): Promise<string> {
      await example.server.app.features.mailWorker.deliver();
      const mail = smtp.received.findLast(({ to }) => to.includes(address));
      const link = /http:\S+#secret=[\w-]+/.exec(mail?.email.text ?? "")?.[0];
      if (link === undefined) throw new Error(`No link was mailed to ${address}`);
      return link;
    }

    /** A profile of its own, in which a link is opened. */
    async function elsewhere(link: string): Promise<{ context: BrowserContext; page: Page }> {
      const context = await example.browser.newContext();
      const page = await context.newPage();
      await page.goto(link);
      return { context, page };
    }

    const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
    const done = (page: Page) => page.locator("[data-done]").waitFor();

    it("of an invitation creates an account, whose user then signs in", async () => {
      const admin = await newAdmin(example.server);
      const email = freshEmail();
      const invited = await send(example.server, "POST", "/api/v1/admin/invitations", {
        json: { email },
        token: admin.token,
      });
      expect(invited.status).toBe(200);
      const { context, page } = await elsewhere(await linkTo(email));
      await page.getByLabel("New password").fill("short");
      await press(page, "Create the account");
      await page.getByText("must have at least 6 characters").waitFor();
      await page.getByLabel("New password").fill(PASSWORD);
      await press(page, "Create the account");
      await done(page);
      await page.getByRole("link", { name: "Continue" }).click();
      await signInByHand(page, email);
      await page.locator("[data-address]", { hasText: email }).waitFor();
      await page.goto(await linkTo(email));
      await page.getByLabel("New password").fill(PASSWORD);
      await press(page, "Create the account");
      await page.getByText("This link is no longer valid.").waitFor();
      await context.close();
    });

    it("confirms the address where its user is signed in, without a password", async () => {
      const context = await example.browser.newContext();
      const page = await openTab(context, example.pages);
      const email = `${await enterByHand(page)}@example.com`;
      await page.goto(await verificationLink(email));
      await press(page, "Confirm");
      await done(page);
      await page.getByRole("link", { name: "Continue" }).click();
      await status(page, "signed-in");
      await context.close();
    });

    it("confirms the address elsewhere only with a new password, which ends the other sessions", async () => {
      const context = await example.browser.newContext();
      const owner = await openTab(context, example.pages);
      const username = await enterByHand(owner);
      const { context: other, page } = await elsewhere(await verificationLink(`${username}@example.com`));
      expect(await page.getByLabel("New password").count()).toBe(0);
      await press(page, "Confirm");
      await page.getByText("Set a new password to confirm the address here.").waitFor();
      await page.getByLabel("New password").fill(NEW_PASSWORD);
      await press(page, "Confirm");
      await done(page);
      await owner.bringToFront();
      await owner.locator('[data-action="refresh"]').click();
      await owner.locator('[data-reason="revoked"]').waitFor();
      await page.bringToFront();
      await page.getByRole("link", { name: "Continue" }).click();
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(NEW_PASSWORD);
      await press(page, "Sign in");
      await status(page, "signed-in");
      await Promise.all([context.close(), other.close()]);
    });

    it("sets a new password for one that was forgotten, and says at once that the session here is over", async () => {
      const context = await example.browser.newContext();
      const page = await openTab(context, example.pages);
      const username = await enterByHand(page);
      const asking = await elsewhere(example.pages.url);
      await asking.page.getByRole("link", { name: "I forgot my password" }).click();
      await asking.page.getByLabel("Email address").fill(`${username}@example.com`);
      await press(asking.page, "Send a link");
      await asking.page.getByText("a link is on its way").waitFor();
      await page.bringToFront();
      await page.goto(await linkTo(`${username}@example.com`));
      await status(page, "signed-in");
      await page.getByLabel("New password").fill(NEW_PASSWORD);
      await press(page, "Set the password");
      await done(page);
      await status(page, "signed-out");
      await Promise.all([context.close(), asking.context.close()]);
    });

    /** Asks for a link to confirm the address, as the account's own frontend does on another device. */
    async function verificationLink(email: string): Promise<string> {
      const json = { username: email, password: PASSWORD };
      const { token } = (await send(example.server, "POST", "/api/auth/login", { json })).json.data;
      const asked = await send(example.server, "POST", "/api/v1/verification/request", { token });
      expect(asked.status).toBe(204);
      return linkTo(email);
    }
  },
);
