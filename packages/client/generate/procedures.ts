import type { Access, ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { comment, indented, literal } from "./comment.js";

/** A procedure and the types that were generated for it. */
export interface TypedProcedure {
  readonly namespace: string;
  readonly name: string;
  readonly contract: ProcedureContract;
  /** As source code. */
  readonly input: string;
  /** As source code. */
  readonly output: string;
}

/** Each procedure's input, output and error codes, by path. */
export function procedureTable(procedures: readonly TypedProcedure[]): string {
  const rows = procedures.map(({ namespace, name, contract, input, output }) => {
    const codes = ["CommonCode", ...contract.raises.map(({ code }) => literal(code))].join(" | ");
    const types = { meta: "object", input, output, errorShape: `ErrorShape<${codes}>` };
    const lines = Object.entries(types).map(([key, type]) => `    ${key}: ${indented(type, "    ")};\n`);
    return `${comment([contract.summary], "  ")}  "${namespace}.${name}": {\n${lines.join("")}  };\n`;
  });
  return `{\n${rows.join("")}}`;
}

/** The procedures by namespace and name, documented, each as a generic type of its kind. */
export function procedureTree(
  procedures: readonly TypedProcedure[],
  typeByKind: Readonly<Record<ProcedureContract["kind"], string>>,
): string {
  const namespaces = [...new Set(procedures.map(({ namespace }) => namespace))].map((namespace) => {
    const rows = procedures
      .filter((procedure) => procedure.namespace === namespace)
      .map((procedure) => {
        const type = `${typeByKind[procedure.contract.kind]}<Procedures["${namespace}.${procedure.name}"]>`;
        return `${comment(documentation(procedure), "    ")}    ${procedure.name}: ${type};\n`;
      });
    return `${comment([`The procedures of \`${namespace}\`.`], "  ")}  ${namespace}: {\n${rows.join("")}  };\n`;
  });
  return `{\n${namespaces.join("")}}`;
}

const ACCOUNT = "Needs the valid access token of an enabled account.";
const ADMIN = "Needs the valid access token of an administrator.";

const WHO_MAY_CALL: Readonly<Record<Access, string>> = {
  public: "Anyone may call it.",
  bearer: "Needs a bearer token, which it judges itself.",
  session: ACCOUNT,
  enrolment: `${ACCOUNT.slice(0, -1)}, or the ticket of a sign-in that must add a second factor first.`,
  account: ACCOUNT,
  "users:read": ADMIN,
  "users:write": ADMIN,
  "audit:read": ADMIN,
  "mail:read": ADMIN,
};

function documentation({ namespace, name, contract }: TypedProcedure): string[] {
  const { summary, description, access, recent, kind, rest, raises, example } = contract;
  const verb = kind === "query" ? "query" : "mutate";
  const argument = example.input === undefined ? "" : literal(example.input);
  return [
    `${summary}.`,
    "",
    description,
    "",
    recent === true
      ? `${WHO_MAY_CALL[access]} The password must have been entered recently.`
      : WHO_MAY_CALL[access],
    ...(rest === undefined ? [] : ["", `REST: \`${rest.method} ${rest.path}\``]),
    "",
    `Fails with a {@link CommonCode}${raises.length === 0 ? "." : ", or with"}`,
    ...raises.map(({ code, message, data }) =>
      data === undefined
        ? `- \`${code}\`: ${message}`
        : `- \`${code}\`: ${message} Carries {@link ErrorData}.`,
    ),
    "",
    "@example",
    "```ts",
    `await client.rpc.${namespace}.${name}.${verb}(${argument});`,
    "```",
  ];
}
