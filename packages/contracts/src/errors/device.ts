import { defineErrors } from "../kit/errors.js";

/** Errors about trusted devices. */
export const deviceErrors = defineErrors({
  DEVICE_UNKNOWN: {
    status: 404,
    message: "This device is not trusted.",
    zh: "该设备不是受信任设备。",
    help: "It was forgotten already, or it is not yours: the error does not say which. List the devices again.",
  },
});
