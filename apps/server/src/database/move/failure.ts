/** Why a move cannot begin or go on, in a sentence for the operator. */
export class MoveRefused extends Error {
  override readonly name = "MoveRefused";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
