import { afterEach, describe, expect, it } from "vitest";
import { templatesTo } from "../../../support/mail.js";
import { PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { startSmtp } from "../../../support/smtp.js";

let server: TestServer;
const start = async (environment: Record<string, string>) => {
  server = await startServer({ environment });
};
afterEach(() => server.close());

describe("the setting", () => {
  const provoke = async () => {
    const email = await registerUser(server);
    const json = { email, old_password: PASSWORD, new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json });
    return email;
  };

  it("writes no notices without a mail server, unless set to", async () => {
    await start({ MAIL_NOTICES: "auto" });
    expect(await templatesTo(server, await provoke())).toEqual([]);
  });

  it("sends notices with a mail server, unless set otherwise", async () => {
    const smtp = await startSmtp();
    const mail = { MAIL_URL: smtp.url, MAIL_FROM: "a@example.com", APP_URL: "https://example.com" };
    await start({ ...mail, MAIL_NOTICES: "auto" });
    const email = await provoke();
    await server.app.features.mailWorker.deliver();
    expect(smtp.received.map(({ to }) => to)).toEqual([[email]]);
    await server.close();
    await start({ ...mail, MAIL_NOTICES: "off" });
    await provoke();
    await server.app.features.mailWorker.deliver();
    expect(smtp.received).toHaveLength(1);
    await smtp.close();
  });
});
