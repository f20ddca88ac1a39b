import type { Procedures, Rpc } from "./api.generated.js";

/** A procedure's path: `"users.login"`. */
export type ProcedurePath = keyof Procedures;

/** The exact codes that a procedure may fail with: `ErrorCodeOf<"users.login">`. */
export type ErrorCodeOf<Path extends ProcedurePath> = Procedures[Path]["errorShape"]["data"]["appCode"];

type Each<Part extends "input" | "output"> = {
  [Namespace in keyof Rpc]: {
    [Name in keyof Rpc[Namespace]]: `${Namespace}.${Name & string}` extends infer Path extends ProcedurePath
      ? Procedures[Path][Part]
      : never;
  };
};

/** The procedures' inputs, by namespace and name: `RouterInputs["users"]["login"]`. */
export type RouterInputs = Each<"input">;

/** The procedures' outputs, by namespace and name: `RouterOutputs["users"]["login"]`. */
export type RouterOutputs = Each<"output">;
