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

    it("starts from the beginning when another one is opened in the same tab", async () => {
      const context = await example.browser.newContext();
      const page = await openTab(context, example.pages);
      const email = `${await enterByHand(page)}@example.com`;
      const { email: other, link } = await newAccountWithLink();
      await page.goto(await verificationLink(email));
      await press(page, "Confirm");
      await done(page);
      await follow(page, link);
      await page.getByRole("button", { name: "Confirm" }).waitFor();
      expect(await page.locator("[data-done]").count()).toBe(0);
      await press(page, "Confirm");
      await page.getByLabel("New password").fill(NEW_PASSWORD);
      await press(page, "Confirm");
      await done(page);
      const json = { username: other, password: NEW_PASSWORD };
      expect((await send(example.server, "POST", "/api/auth/login", { json })).status).toBe(200);
      await follow(page, (await newAccountWithLink()).link);
      await page.getByRole("button", { name: "Confirm" }).waitFor();
      expect(await page.getByLabel("New password").count()).toBe(0);
      await context.close();
    });

    it.each([
      ["/recovery", "Set the password", ["New password"]],
      ["/verification", "Confirm", []],
      ["/email", "Change the address", []],
      ["/invitation", "Create the account", ["Username (optional)", "New password"]],
    ])(
      "to %s shows nothing of the one before it in the same tab, and sends its own secret",
      async (...row) => {
        const [path, button, fields] = row;
        const { context, page } = await elsewhere(`${example.pages.url}${path}#secret=the-first`);
        const fill = () => Promise.all(fields.map((field) => page.getByLabel(field).fill(NEW_PASSWORD)));
        await fill();
        await press(page, button);
        await page.locator('[role="alert"]').first().waitFor();
        await follow(page, `${example.pages.url}${path}#secret=the-second`);
        await page.locator('[role="alert"]').first().waitFor({ state: "detached" });
        for (const field of fields) expect(await page.getByLabel(field).inputValue()).toBe("");
        await fill();
        const sent = page.waitForRequest((request) => request.method() === "POST");
        await press(page, button);
        expect((await sent).postDataJSON()).toMatchObject({ secret: "the-second" });
        await context.close();
      },
    );

    it("to a new password ends the session in every tab, and each says the same of it", async () => {
      const context = await example.browser.newContext();
      const page = await openTab(context, example.pages);
      const email = `${await enterByHand(page)}@example.com`;
      const other = await openTab(context, example.pages);
      await status(other, "signed-in");
      expect(
        (await send(example.server, "POST", "/api/v1/recovery/request", { json: { email } })).status,
      ).toBe(204);
      await page.bringToFront();
      await page.goto(await linkTo(email));
      await page.getByLabel("New password").fill(NEW_PASSWORD);
      await press(page, "Set the password");
      await done(page);
      await page.getByRole("link", { name: "Continue" }).click();
      await page.locator('[data-reason="revoked"]').waitFor();
      await status(other, "signed-out");
      expect(await other.locator("[data-reason]").getAttribute("data-reason")).toBe("revoked");
      await context.close();
    });

    /** Opens a link in a tab as a click on it does: when only the secret differs, no document is loaded. */
    async function follow(page: Page, link: string): Promise<void> {
      await page.evaluate((to) => location.assign(to), link);
    }

    /** An account from another device, and the link that confirms its address. */
    async function newAccountWithLink(): Promise<{ readonly email: string; readonly link: string }> {
      const email = freshEmail();
      const json = { username: email.replace("@example.com", ""), email, password: PASSWORD };
      expect((await send(example.server, "POST", "/api/auth/register", { json })).status).toBe(200);
      return { email, link: await verificationLink(email) };
    }

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
