import { z } from "zod";
import { MAX_PASSWORD_CODE_POINTS, newPassword } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const PasswordRule = z.enum(["length", "lowercase", "uppercase", "digit", "special"]);

/** One rule of the password advice. */
export type PasswordRule = z.infer<typeof PasswordRule>;

const StrengthInput = z
  .object({
    password: newPassword(0).meta({
      description: "What the user is typing. It is neither kept nor logged.",
      maxLength: MAX_PASSWORD_CODE_POINTS,
    }),
  })
  .meta({ id: "PasswordStrengthInput" });

const Strength = z
  .object({
    score: z
      .int()
      .meta({ description: "0 is not acceptable, 1 is weak, 2 fair, 3 good, 4 strong.", examples: [3] }),
    common: z.boolean().meta({ description: "Whether it is one of the passwords that attackers try first." }),
    rules: z
      .array(
        z.object({
          rule: PasswordRule,
          met: z.boolean(),
          message: z
            .string()
            .meta({ description: "The rule as text to show, in the language of the request." }),
        }),
      )
      .meta({ description: "What makes a good password. Only the length is required." }),
    message: z.string().meta({ description: "The verdict as text to show, in the language of the request." }),
  })
  .meta({ id: "PasswordStrength" });

/** Advice about passwords, for pages on which users choose one. */
export const passwords = contract("Advice about passwords, for pages on which users choose one.", {
  strength: {
    kind: "mutation",
    access: "public",
    summary: "Rate the strength of a password",
    description:
      "Computed from the password alone, which is neither kept nor logged. This is advice only: no " +
      "password is refused here.",
    input: StrengthInput,
    output: Strength,
    raises: [],
    rest: { method: "POST", path: "/api/v1/passwords/strength" },
    example: {
      input: { password: "correct Horse 7 battery" },
      output: {
        score: 4,
        common: false,
        rules: [
          { rule: "length", met: true, message: "At least 6 characters" },
          { rule: "lowercase", met: true, message: "Lower-case letters" },
          { rule: "uppercase", met: true, message: "Upper-case letters" },
          { rule: "digit", met: true, message: "Digits" },
          { rule: "special", met: true, message: "Special characters" },
        ],
        message: "Strong.",
      },
    },
  },
});
