import { z } from "zod";
import { userErrors } from "../errors/account.js";
import { deviceErrors } from "../errors/device.js";
import { instant } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const Device = z
  .object({
    id: z.uuid(),
    browser: z
      .string()
      .nullable()
      .meta({ description: "The browser or other program; `null` if it does not say." }),
    system: z.string().nullable().meta({ description: "The operating system; `null` if unknown." }),
    address: z.string().meta({ description: "The network address from which it was trusted." }),
    trustedAt: instant,
    lastUsedAt: instant.meta({ description: "When it was last used to sign in, accurate to an hour." }),
    expiresAt: instant.meta({ description: "Until when it is trusted at the latest." }),
    current: z.boolean().meta({ description: "Whether this device made the request." }),
  })
  .meta({ id: "TrustedDevice" });

const ForgetInput = z.object({ id: z.uuid() }).meta({ id: "ForgetDeviceInput" });

const Forgotten = z
  .object({ forgotten: z.int().meta({ description: "How many devices were forgotten." }) })
  .meta({ id: "ForgottenDevices" });

const id = "4f6b1f0e-52a5-4c0d-9a0c-6f2b8f0d7a11";

/** Devices on which the caller is not asked for a second factor. */
export const trustedDevices = contract("Devices on which the caller is not asked for a second factor.", {
  list: {
    kind: "query",
    access: "session",
    summary: "See which devices you trust",
    description:
      "The last used first. A device is trusted with `signIn.factor`, until the time shown, a new password or a change " +
      "of the second factors.",
    input: z.void(),
    output: z.object({ devices: z.array(Device) }).meta({ id: "TrustedDevices" }),
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/account/devices" },
    example: {
      output: {
        devices: [
          {
            id,
            browser: "Firefox",
            system: "Linux",
            address: "192.0.2.1",
            trustedAt: "2026-01-15T12:00:00.000Z",
            lastUsedAt: "2026-01-15T18:30:00.000Z",
            expiresAt: "2026-02-14T12:00:00.000Z",
            current: true,
          },
        ],
      },
    },
  },
  forget: {
    kind: "mutation",
    access: "account",
    summary: "Forget one trusted device",
    description: "Another user's device counts as not trusted, and nothing is revealed about it.",
    input: ForgetInput,
    output: z.void(),
    raises: [...userErrors, deviceErrors.DEVICE_UNKNOWN],
    audit: "devices.forget",
    rest: { method: "DELETE", path: "/api/v1/account/devices/{id}" },
    example: { input: { id }, output: undefined },
  },
  forgetAll: {
    kind: "mutation",
    access: "account",
    summary: "Forget all trusted devices",
    description: "Sessions go on. The next sign-in on each device asks for a second factor.",
    input: z.void(),
    output: Forgotten,
    raises: userErrors,
    audit: "devices.forget_all",
    rest: { method: "POST", path: "/api/v1/account/devices/forget-all" },
    example: { output: { forgotten: 2 } },
  },
});
