import { createAuthenticator } from "../../support/authenticator.js";
import type { Chapter } from "../play.js";
import { bearer, idIn, preferring, signUp } from "../requests.js";
import type { Door } from "./doors.js";

const ORIGIN = "https://app.example.com";

export const passkeys = ({ door, call }: Door): Chapter => ({
  name: `${door}-passkeys`,
  environment: { APP_URL: ORIGIN, WEBAUTHN_RP_ID: "example.com" },
  async play(stage) {
    const { ask, askAll, server } = stage;
    const token = await signUp(stage, "ana@example.com");
    const own = bearer(token);
    const stranger = bearer(await signUp(stage, "bo@example.com"));
    const userHandle = Buffer.from(idIn(token)).toString("base64url");
    const authenticator = createAuthenticator();
    const challengeOf = async (label: string, request: ReturnType<typeof call>): Promise<string> => {
      const { json } = await ask(label, request);
      return (door === "v1" ? json : json.result.data).options.challenge;
    };
    const asking = call("passkeys.signInOptions");

    const first = await challengeOf(
      "options for a new one",
      call("passkeys.registrationOptions", undefined, own),
    );
    const registration = { name: "A phone", credential: authenticator.register({ challenge: first }) };
    await askAll({
      "a new one": call("passkeys.register", registration, own),
      "the same again": call("passkeys.register", registration, own),
      "in Chinese": call("passkeys.register", registration, own, preferring("zh")),
      "no fields": call("passkeys.register", {}, own),
      "without a token": call("passkeys.register", registration),
      "all of them": call("passkeys.list", undefined, own),
      "without a token, all": call("passkeys.list"),
    });
    const taken = await challengeOf(
      "others' options",
      call("passkeys.registrationOptions", undefined, stranger),
    );
    const again = { name: "A phone", credential: authenticator.register({ challenge: taken }) };
    await ask("one that is taken", call("passkeys.register", again, stranger));
    const foreign = await challengeOf(
      "options once more",
      call("passkeys.registrationOptions", undefined, own),
    );
    const evil = createAuthenticator().register({ challenge: foreign, origin: "https://evil.example" });
    await ask("one of another site", call("passkeys.register", { name: "", credential: evil }, own));

    const credential = authenticator.assert({ challenge: await challengeOf("options", asking), userHandle });
    await askAll({
      "a sign-in": call("passkeys.signIn", { credential }),
      "it again": call("passkeys.signIn", { credential }),
      "it in Chinese": call("passkeys.signIn", { credential }, preferring("zh")),
      "no credential": call("passkeys.signIn", {}),
      "what is no credential": call("passkeys.signIn", { credential: { id: "=", type: "x", response: {} } }),
    });
    const unknown = createAuthenticator().assert({
      challenge: await challengeOf("more", asking),
      userHandle,
    });
    const bare = authenticator.assert({
      challenge: await challengeOf("and more", asking),
      userHandle,
      flags: 1,
    });
    await askAll({
      "an unknown one": call("passkeys.signIn", { credential: unknown }),
      "an unknown one in Chinese": call("passkeys.signIn", { credential: unknown }, preferring("zh")),
      "without user verification": call("passkeys.signIn", { credential: bare }),
      "as a second factor, with a wrong ticket": call("passkeys.factorOptions", { ticket: "wrong" }),
      "to confirm": call("passkeys.confirmOptions", undefined, own),
      "to confirm, without a token": call("passkeys.confirmOptions"),
    });
    server.clock.advance({ minutes: 11 });
    await ask("without a recent confirmation", call("passkeys.registrationOptions", undefined, own));
  },
});
