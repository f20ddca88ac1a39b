import { readFileSync, statSync } from "node:fs";
import type { Row, SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { type FirebaseParameters, firebaseHash, isFirebaseUser, readFirebaseParameters } from "./firebase.js";
import { isObject, readObject } from "./json-values.js";
import { keycloakHash } from "./keycloak.js";
import { readText } from "./text.js";
import type { UserFile } from "./user-file.js";

/** A document is held in memory as a whole. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Every level costs the parser seventy times its character. */
const MAX_DEPTH = 100;

/**
 * Opens a document of JSON with a list of users, or an object whose `users` are one, as Keycloak and Firebase
 * export them; `undefined` if it is something else, such as lines of JSON.
 */
export async function openJsonDocument(
  path: string,
  firebaseParameters: string | undefined,
): Promise<UserFile | undefined> {
  if (statSync(path).size > MAX_BYTES) {
    throw new CommandError(
      "FILE_UNREADABLE",
      `${path} is larger than 256 MiB: convert it to JSON lines, for example with jq, and pass --format jsonl.`,
    );
  }
  let text = "";
  for await (const piece of readText(path)) text += piece;
  if (isDeep(text)) {
    throw new CommandError("FILE_UNREADABLE", `${path} is nested too deeply. Nothing was imported.`);
  }
  const users = listOfUsers(path, text);
  if (users === undefined) return undefined;
  const parameters = parametersFor(users, path, firebaseParameters);
  const rows = users.map((user) => (isObject(user) ? readUser(user, parameters) : undefined));
  return {
    rows: rows.length,
    columns: [...new Set(rows.flatMap((row) => Object.keys(row ?? {})))],
    note: "Its users are counted from 1, in the order of the list.",
    async *lines(afterLine) {
      for (const [index, row] of rows.entries()) {
        const line = index + 1;
        if (line > afterLine) yield (row === undefined ? { line } : { line, row }) satisfies SourceLine;
      }
    },
    close() {},
  };
}

function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length && depth <= MAX_DEPTH; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === "\\") at++;
    else if (!quoted && (character === "[" || character === "{")) depth++;
    else if (!quoted && (character === "]" || character === "}")) depth--;
  }
  return depth > MAX_DEPTH;
}

function listOfUsers(path: string, text: string): readonly unknown[] | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const users = isObject(document) ? document.users : document;
    return Array.isArray(users) ? users : undefined;
  } catch {
    // The parser's own message quotes the file.
    if (!/^\s*\[/.test(text)) return undefined;
    throw new CommandError("FILE_UNREADABLE", `${path} is not valid JSON. Nothing was imported.`);
  }
}

function parametersFor(
  users: readonly unknown[],
  path: string,
  file: string | undefined,
): FirebaseParameters | undefined {
  if (!users.some((user) => isObject(user) && isFirebaseUser(user))) return undefined;
  if (file !== undefined) return readFirebaseParameters(file, readFileSync(file, "utf8"));
  throw new CommandError(
    "FIREBASE_PARAMETERS_MISSING",
    `${path} is an export of Firebase, whose hashes cannot be compared without the project's key. Copy the ` +
      "password hash parameters from the Firebase console (Authentication, Users) into a file, and pass it as " +
      "--firebase-parameters.",
    2,
  );
}

/** What a row has instead of the credentials of Keycloak or Firebase is under the names of our own export. */
function readUser(user: Row, firebase: FirebaseParameters | undefined): Row {
  const row = readObject(user) ?? {};
  if (Array.isArray(user.credentials)) return { ...row, hashed_password: keycloakHash(user.credentials) };
  return firebase !== undefined && isFirebaseUser(user)
    ? { ...row, hashed_password: firebaseHash(user, firebase) }
    : row;
}
