/** Something that keeps the repository from being set up, with a sentence that says what to do. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";

  /**
   * @param {string} sentence
   * @param {string} [output] what the program that failed had to say
   */
  constructor(sentence, output = "") {
    super(sentence);
    this.output = output;
  }
}

/**
 * Says why setting up failed, the program's own words first. Anything else is a bug and goes on its way.
 * @param {unknown} error
 */
export function reportSetupError(error) {
  if (!(error instanceof SetupError)) throw error;
  const words = error.output.trimEnd();
  process.stderr.write(`${words === "" ? "" : `${words}\n\n`}${error.message}\n`);
}
