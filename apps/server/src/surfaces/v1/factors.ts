import {
  factors as factorsContract,
  recoveryCodes as recoveryCodesContract,
  totp as totpContract,
} from "@latchkey/contracts/v1/factors";
import type { RecoveryCodes } from "../../features/factors/recovery-codes/service.js";
import { describeFactor, type Factors } from "../../features/factors/service.js";
import type { Totp } from "../../features/factors/totp/service.js";
import type { Limits } from "../../features/limits/service.js";
import { implement } from "../../rpc/implement.js";
import type { EnrollingPrincipal, SessionPrincipal } from "../principal.js";

interface Deps {
  readonly factors: Factors;
  readonly totp: Totp;
  readonly recoveryCodes: RecoveryCodes;
  readonly limits: Pick<Limits, "changing">;
}

/** The second factors of the caller, over their services. */
export function factorsSurface({ factors, recoveryCodes, limits }: Deps) {
  return implement<SessionPrincipal>()(factorsContract, {
    async list({ principal: { account } }) {
      const [all, recoveryCodesLeft] = await Promise.all([
        factors.listOf(account),
        recoveryCodes.countOf(account),
      ]);
      return { factors: all.map(describeFactor), recoveryCodesLeft, required: factors.isRequired(account) };
    },
    rename: ({ principal: { account }, input: { id, name } }) =>
      limits.changing("factors", account.uuid, () => factors.rename(account, id, name)),
    remove: {
      about: () => ({}),
      async handle({ principal: { account }, input: { id }, cause }) {
        await limits.changing("factors", account.uuid, () => factors.remove(account, id, cause));
      },
    },
  });
}

export function totpSurface({ totp, limits }: Deps) {
  return implement<SessionPrincipal, EnrollingPrincipal>()(totpContract, {
    async begin({ principal: { account }, input: { name } }) {
      const begun = await limits.changing("enrolments", account.uuid, () => totp.begin(account, name));
      const { expiresAtMs, ...shown } = begun;
      return { ...shown, expiresAt: new Date(expiresAtMs).toISOString() };
    },
    async confirm({ principal: { account, enrolled }, input: { id, code }, cause }) {
      const confirmation = { id, code, also: enrolled(["otp"]) };
      const added = await limits.changing("factors", account.uuid, () =>
        totp.confirm(account, confirmation, cause),
      );
      return {
        factor: describeFactor(added.factor),
        recoveryCodes: added.recoveryCodes && [...added.recoveryCodes],
      };
    },
  });
}

export function recoveryCodesSurface({ recoveryCodes, limits }: Deps) {
  return implement<SessionPrincipal>()(recoveryCodesContract, {
    async renew({ principal: { account }, cause }) {
      const renew = () => recoveryCodes.renew(account, cause);
      return { recoveryCodes: [...(await limits.changing("recovery codes", account.uuid, renew))] };
    },
  });
}
