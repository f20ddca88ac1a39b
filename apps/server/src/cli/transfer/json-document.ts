import { statSync } from "node:fs";
import type { Row, SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { type FirebaseParameters, firebaseHash, isFirebaseUser, readFirebaseParameters } from "./firebase.js";
import { type JsonShape, shapeOf } from "./json-shape.js";
import { isObject, readObject } from "./json-values.js";
import { keycloakFactors, keycloakHash } from "./keycloak.js";
import { lineAt, readText } from "./text.js";
import type { UserFile } from "./user-file.js";

/** A document is held in memory as a whole. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Every level costs the parser seventy times its character. */
const MAX_DEPTH = 100;
const NOTHING = "Nothing was imported.";
const EXPECTED = `a single list of users is expected, or an object whose \`users\` are one. ${NOTHING}`;

/**
 * Opens a document of JSON with a list of users, or an object whose `users` are one, as Keycloak and Firebase
 * export them; `undefined` if it is something else, such as lines of JSON.
 */
export async function openJsonDocument(
  path: string,
  firebaseParameters: string | undefined,
): Promise<UserFile | undefined> {
  if (statSync(path).size > MAX_BYTES) {
    throw unreadable(
      `${path} is larger than 256 MiB: convert it to JSON lines, for example with jq, and pass --format jsonl.`,
    );
  }
  let text = "";
  for await (const piece of readText(path)) text += piece;
  const shape = shapeOf(text, MAX_DEPTH + 1);
  if (shape.depth > MAX_DEPTH) throw unreadable(`${path} is nested too deeply. ${NOTHING}`);
  const users = listOfUsers(path, text, shape);
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

const unreadable = (sentence: string) => new CommandError("FILE_UNREADABLE", sentence);

/** The users of a document that is a list of them or has one; its parser's own messages quote the file. */
function listOfUsers(path: string, text: string, shape: JsonShape): readonly unknown[] | undefined {
  const { repeatedKeyAt, secondValueAt } = shape;
  if (secondValueAt !== undefined) {
    const line = lineAt(text, secondValueAt);
    // Lines of JSON: each begins and ends on one line.
    if (isObjectOnOneLine(text)) return undefined;
    throw unreadable(`${path}: another value begins at line ${line}; ${EXPECTED}`);
  }
  const document = parse(path, text);
  const users = isObject(document) ? document.users : document;
  if (!Array.isArray(users)) return undefined;
  if (repeatedKeyAt === undefined) return users;
  const line = lineAt(text, repeatedKeyAt);
  throw unreadable(`${path} has the same key twice in one object, at line ${line}. ${NOTHING}`);
}

function isObjectOnOneLine(text: string): boolean {
  const [first = ""] = text.trimStart().split(/[\r\n]/, 1);
  return first.startsWith("{") && shapeOf(first, MAX_DEPTH).hasEnded;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*\[/.test(text)) return undefined;
    throw unreadable(`${path} is not valid JSON. ${NOTHING}`);
  }
}

function parametersFor(
  users: readonly unknown[],
  path: string,
  file: string | undefined,
): FirebaseParameters | undefined {
  if (!users.some((user) => isObject(user) && isFirebaseUser(user))) return undefined;
  if (file !== undefined) return readFirebaseParameters(file);
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
  if (Array.isArray(user.credentials)) {
    const factors = keycloakFactors(user.credentials);
    const second = factors.length > 0 && { second_factors: factors };
    return { ...row, hashed_password: keycloakHash(user.credentials), ...second };
  }
  return firebase !== undefined && isFirebaseUser(user)
    ? { ...row, hashed_password: firebaseHash(user, firebase) }
    : row;
}
