import type { TestServer } from "./server.js";

/** The secret in the newest mail with a link to an address; first delivers what is due. */
export async function mailedSecret(server: TestServer, to: string): Promise<string> {
  const text = await newestText(server, to);
  const secret = /#secret=([\w-]+)/.exec(text)?.[1];
  if (secret === undefined) throw new Error(`No secret in: ${text}`);
  return secret;
}

/**
 * The text of the newest mail to an address, for servers without a mail server; first delivers what is due.
 */
export async function newestText(server: TestServer, to: string): Promise<string> {
  const { mail, mailWorker } = server.app.features;
  await mailWorker.deliver();
  const found = (await mail.list({ limit: 1000 })).find((each) => each.to === to);
  const read = found && (await mail.read(found.id));
  if (read?.rendered === undefined) throw new Error("There is no such mail");
  return read.rendered.text;
}

/** The templates of the mails to an address, newest first; first delivers what is due. */
export async function templatesTo(server: TestServer, to: string): Promise<string[]> {
  const { mail, mailWorker } = server.app.features;
  await mailWorker.deliver();
  const mails = await mail.list({ limit: 1000 });
  return mails.filter((each) => each.to === to).map(({ template }) => template);
}
