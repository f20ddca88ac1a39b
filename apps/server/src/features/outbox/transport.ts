import { isIP } from "node:net";
import type { Transporter } from "nodemailer";
import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/** A mail in the form that is handed to a mail server. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A mail on its way to a mail server. */
export interface Sending extends RenderedMail {
  readonly to: string;
  /** Becomes the Message-ID: the same for each repetition, so that mailboxes can recognise one. */
  readonly id: string;
}

/** The result: `refused` permanently, or a temporary `error`; each with the class of the failure. */
export type Sent = "sent" | { readonly refused: string } | { readonly error: string };

/** Hands mails to a mail server. */
export interface Transport {
  /** Never rejects, and ends within `SEND_DEADLINE_MS`. */
  send(sending: Sending): Promise<Sent>;
  close(): void;
}

/** A mail server as given in `MAIL_URL`. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

export const SEND_DEADLINE_MS = 60_000;
const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

/** Reads `smtp://[user:password@]host[:port]` or `smtps://…`; `undefined` for anything else. */
export function parseMailServer(text: string): MailServer | undefined {
  if (!/^smtps?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const hasMore = search !== "" || hash !== "" || !/^\/?$/.test(pathname);
  if (hostname === "" || hasMore || (username === "") !== (password === "")) return undefined;
  const secure = protocol === "smtps:";
  try {
    const auth = username !== "" && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    };
    return {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (secure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(port),
      secure,
      ...auth,
    };
  } catch {
    // A `%` that escapes nothing.
    return undefined;
  }
}

/** Sends over SMTP (RFC 5321), with TLS if the server offers it. */
export function smtpTransport(server: MailServer, from: string): Transport {
  const domain = /@([^@>\s]+)>?$/.exec(from)?.[1] ?? "localhost";
  let opening: Promise<Transporter> | undefined;
  const options = {
    ...server,
    // A password is never sent over a network in the clear, even if an attacker in between hides that TLS
    // is offered.
    requireTLS: server.auth !== undefined && !isLoopback(server.host),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  };
  const open = async () => {
    // Loaded only if mail is sent, so that other starts do not wait for it.
    const { createTransport } = await import("nodemailer");
    return createTransport({ ...options, disableFileAccess: true, disableUrlAccess: true });
  };
  return {
    async send({ id, to, subject, text, html }) {
      opening ??= open();
      try {
        const transporter = await opening;
        // RFC 6531 3.4: such an address is never sent to a server that does not know it. Domains have an ASCII
        // form, names have none.
        const isInternational = [to, from].some((address) => NAME_BEYOND_ASCII.test(address));
        if (isInternational && !(await offersInternational(options))) return { refused: "ESMTPUTF8" };
        await transporter.sendMail({
          from,
          // As an object: as a string it could name several recipients.
          to: { name: "", address: to },
          subject,
          text,
          html,
          messageId: `<${id}@${domain}>`,
          // RFC 3834: keeps vacation responders from answering this mail.
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          signal: AbortSignal.timeout(SEND_DEADLINE_MS),
        });
        return "sent";
      } catch (error) {
        return failureOf(error);
      }
    },
    close: () => void opening?.then((transporter) => transporter.close()),
  };
}

/** In an address, with or without the name of its owner in front. */
const NAME_BEYOND_ASCII = /[^\0-\x7f][^<>]*@[^@]*$/;

/** Asks a server whether it takes addresses beyond ASCII. */
async function offersInternational(options: SMTPConnectionOptions): Promise<boolean> {
  const { default: SMTPConnection } = await import("nodemailer/lib/smtp-connection");
  const connection = new SMTPConnection(options);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once("error", reject);
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    // The answer to EHLO: one extension in each line (RFC 5321 4.1.1.1).
    return /^250[ -]SMTPUTF8\b/im.test(connection.lastServerResponse || "");
  } finally {
    connection.close();
  }
}

/** A server's own text quotes addresses, so only its code is kept. */
function failureOf(error: unknown): Sent {
  const { code, responseCode, command } = error as Readonly<Record<string, unknown>>; // Safe: all of them unknown.
  const told = typeof responseCode === "number" ? String(responseCode) : undefined;
  const name = told ?? (typeof code === "string" ? code : "EUNKNOWN");
  // RFC 5321 4.2.1: a 5yz reply about this recipient or this mail is final. One about us is temporary, as the
  // operator may fix it.
  const isFinal = told?.startsWith("5") && (command === "RCPT TO" || command === "DATA");
  return isFinal ? { refused: name } : { error: name };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
