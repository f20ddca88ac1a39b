import { createRpc, type ErrorCode, isLatchkeyError, safe } from "@latchkey/client";

/** Goes through a user's whole session at a server; resolves to what was observed on the way. */
export async function walk(url: string) {
  let token: string | undefined;
  const rpc = createRpc({ url, token: () => token });
  const email = "alan@example.com";
  const password = "correct horse battery";
  const names = { first_name: "Alan", last_name: "", phone_number: "13800138000" };
  const seen: Record<string, unknown> = {};

  seen.registered = await rpc.users.register.mutate({ email, password, ...names });
  const issued = await rpc.users.login.mutate({ email, password });
  token = issued.access_token;
  seen.issued = [issued.token_type, issued.expires_in];
  seen.profile = await rpc.users.me.query();
  seen.verified = (await rpc.auth.verify.query()).username;

  const renewed = await rpc.users.refreshToken.mutate({ idempotencyKey: "a key of this one tab" });
  seen.exchanged = await codeOf(rpc.users.me.query());
  token = renewed.access_token;
  seen.loggedOut = await rpc.users.logout.mutate();
  seen.afterLogout = await codeOf(rpc.auth.verify.query());
  seen.refreshAfterLogout = await codeOf(rpc.users.refreshToken.mutate({}));

  token = undefined;
  seen.withoutToken = await codeOf(rpc.users.me.query());
  seen.takenTwice = await codeOf(rpc.users.register.mutate({ email, password, ...names }));
  seen.wrongPassword = await codeOf(rpc.users.login.mutate({ email, password: "wrong" }));
  const signedUp = await rpc.auth.register.mutate({
    username: "grace",
    email: "grace@example.com",
    password,
  });
  seen.signedUp = signedUp.user.username;

  const [, refused] = await safe(
    rpc.auth.register.mutate({ username: " ", email: "nobody", password: "no" }),
  );
  if (isLatchkeyError(refused)) seen.faults = [refused.data.appCode, refused.data.fields];
  return seen;
}

/** The code that a call fails with. */
async function codeOf(call: Promise<unknown>): Promise<ErrorCode | "succeeded" | "not reached"> {
  try {
    await call;
    return "succeeded";
  } catch (error) {
    return isLatchkeyError(error) ? error.data.appCode : "not reached";
  }
}
