import { once } from "node:events";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A mail as it was received over SMTP. */
export interface Received {
  /** The recipients of the envelope. */
  readonly to: readonly string[];
  readonly email: Email;
}

export interface SmtpServer {
  /** For `MAIL_URL`. */
  readonly url: string;
  /** Every mail that was received completely, even if it was refused then. */
  readonly received: Received[];
  close(): Promise<void>;
}

/** What the server should answer: a refusal with this code, or the usual answer. */
export interface SmtpBehaviour {
  /** At `RCPT TO`. */
  readonly recipient?: (address: string) => number | undefined | Promise<number | undefined>;
  /** After the whole mail has been received. */
  readonly data?: (mail: Received) => number | undefined | Promise<number | undefined>;
  /** Does not offer SMTPUTF8. */
  readonly asciiOnly?: boolean;
}

/** A real SMTP server on a free port of this machine. */
export async function startSmtp({
  recipient,
  data,
  asciiOnly = false,
}: SmtpBehaviour = {}): Promise<SmtpServer> {
  const received: Received[] = [];
  const refusal = (responseCode: number) => Object.assign(new Error("Refused by the test"), { responseCode });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    hideSMTPUTF8: asciiOnly,
    onRcptTo({ address }, _session, done) {
      void Promise.resolve(recipient?.(address)).then((code) => done(code ? refusal(code) : null));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const mail = { to, email: await PostalMime.parse(Buffer.concat(chunks)) };
        received.push(mail);
        const code = await data?.(mail);
        done(code ? refusal(code) : null);
      });
    },
  });
  // A client that is killed resets its connection.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo; // Safe: it listens on a port.
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
