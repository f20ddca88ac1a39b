/** A problem that keeps the repository from being set up, with a sentence that says what to do. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";

  /**
   * @param {string} sentence
   * @param {string} [output] the output of the program that failed
   */
  constructor(sentence, output = "") {
    super(sentence);
    this.output = output;
  }
}

/**
 * Says why setting up failed, after the program's own output. Any other error is a bug and is rethrown.
 * @param {unknown} error
 */
export function reportSetupError(error) {
  if (!(error instanceof SetupError)) throw error;
  const words = error.output.trimEnd();
  process.stderr.write(`${words === "" ? "" : `${words}\n\n`}${error.message}\n`);
}
