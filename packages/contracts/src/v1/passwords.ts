import { z } from "zod";
import { MAX_PASSWORD_CODE_POINTS, newPassword } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const PasswordRule = z.enum(["length", "lowercase", "uppercase", "digit", "special"]);

/** A rule of the advice for passwords. */
export type PasswordRule = z.infer<typeof PasswordRule>;

const StrengthInput = z
  .object({
    password: newPassword(0).meta({
      description: "What somebody is typing. It is neither kept nor logged.",
      maxLength: MAX_PASSWORD_CODE_POINTS,
    }),
  })
  .meta({ id: "PasswordStrengthInput" });

const Strength = z
  .object({
    score: z
      .int()
      .meta({ description: "0 will not do, 1 is weak, 2 fair, 3 good, 4 strong.", examples: [3] }),
    common: z.boolean().meta({ description: "Whether it is among the passwords that are guessed first." }),
    rules: z
      .array(
        z.object({
          rule: PasswordRule,
          met: z.boolean(),
          message: z.string().meta({ description: "The rule for people, in the language of the request." }),
        }),
      )
      .meta({ description: "What a good password has. Only the length is required." }),
    message: z.string().meta({ description: "The verdict for people, in the language of the request." }),
  })
  .meta({ id: "PasswordStrength" });

/** Advice about passwords, for whoever lets people choose one. */
export const passwords = contract({
  strength: {
    kind: "mutation",
    access: "public",
    summary: "Say how strong a password is",
    description:
      "Computed from the password alone, which is neither kept nor logged. Advice only: it locks nobody out.",
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
          { rule: "special", met: true, message: "Other characters" },
        ],
        message: "Strong.",
      },
    },
  },
});
