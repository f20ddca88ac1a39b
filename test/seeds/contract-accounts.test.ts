import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { isOnSqlite, rowsElsewhere, runElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { me, refresh, signUpByName, verify } from "./accounts.js";
import { entry, expectAnswer, expectDetail, expectEntries } from "./expect-answer.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const post = (path: string, json: unknown) => send(server, "POST", path, { json });
const register = (username: string, email = freshEmail()) =>
  post("/api/auth/register", { username, email, password: PASSWORD });
const loginByName = (username: string) => post("/api/auth/login", { username, password: PASSWORD });

/** Format characters, default-ignorable code points, bidirectional marks, and blanks that are letters. */
const INVISIBLE = [
  ..."\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e",
  ..."\u2060\u2066\u2069\u206f\u2800\u3164\ufe0f\ufeff\uffa0\ufff9\u{1d173}\u{e0001}\u{e0041}\u{e0100}",
];

describe("one account on both surfaces", () => {
  it("made on the users surface has its address as username and signs in on the auth surface", async () => {
    const email = await registerUser(server);
    const { user, token } = (await loginByName(email)).json.data;
    expect([user.username, user.email]).toEqual([email, email]);
    expect((await me(server, token)).json.first_name).toBe("San");
    expect((await refresh(server, token)).status).toBe(200);
  });

  it("made on the auth surface signs in on the users surface by its address", async () => {
    const { username, email, id } = await signUpByName(server);
    const token = await login(server, email);
    expectAnswer(
      await me(server, token),
      200,
      `{"email":"${email}","first_name":null,"last_name":null,"phone_number":null}`,
    );
    expect((await verify(server, token)).json.data).toMatchObject({ id, username, email });
  });

  it("does not sign in on the users surface by a username", async () => {
    const { username } = await signUpByName(server);
    const json = { email: username, password: PASSWORD };
    expectDetail(await post("/api/users/login", json), 400, "Incorrect email or password");
  });

  it("is one row of users and one of user_info, whichever surface made it", async () => {
    const emails = [await registerUser(server), (await signUpByName(server)).email];
    const query = `SELECT users.id, uuid, email, username, hashed_password, disabled, created_at, updated_at,
         user_info.user_id, first_name, last_name, phone_number
       FROM users LEFT JOIN user_info ON user_info.user_id = users.id WHERE email = ?`;
    const rows = await Promise.all(emails.map((email) => rowsElsewhere(server, query, email)));
    expect(rows).toMatchObject([
      [{ username: emails[0], disabled: isOnSqlite() ? 0 : false, first_name: "San", last_name: "Zhang" }],
      [
        {
          email: emails[1],
          disabled: isOnSqlite() ? 0 : false,
          first_name: null,
          last_name: null,
          phone_number: null,
        },
      ],
    ]);
    for (const [row] of rows) expect(row?.user_id).toBe(row?.id);
  });
});

describe("names", () => {
  it("are compared without letter case and in NFC, and shown as typed", async () => {
    const composed = "Zo\u00eb";
    const decomposed = "zOe\u0308".normalize("NFD");
    const shown = (await register(composed)).json.data.user;
    expect(shown.username).toBe(composed);
    expectDetail(await register(decomposed), 409, "用户名已存在");
    expect((await loginByName(decomposed)).json.data.user.id).toBe(shown.id);
  });

  it("of addresses too, but that their domain is shown in lower case", async () => {
    const email = `Jos\u00e9.${freshEmail()}`;
    const typed = email.replace("@example.com", "@Example.COM");
    await registerUser(server, typed);
    const decomposed = email.normalize("NFD").toUpperCase();
    expectDetail(await register("jose", decomposed), 409, "邮箱已存在");
    const token = await login(server, decomposed);
    expect((await me(server, token)).json.email).toBe(email);
  });

  it("keep letters apart that only look alike", async () => {
    expect((await register("ana")).status).toBe(200);
    expect((await register("аnа")).status).toBe(200); // With two Cyrillic letters.
    expect((await register("aña")).status).toBe(200);
  });
});

describe("an address", () => {
  const DOMAINS = ["example。com", "ｅxample.com", "example．com", "example｡com", "EXAMPLE.com"];
  const spelt = (email: string, domain: string) => email.replace("example.com", domain);

  it.each(DOMAINS)("is the same with %s for its domain: taken, and signed in with", async (domain) => {
    const email = await registerUser(server);
    const same = spelt(email, domain);
    const json = { email: same, password: PASSWORD, first_name: "", last_name: "", phone_number: "" };
    expectDetail(await post("/api/users/register", json), 400, "Email already registered");
    expectDetail(await register(`same ${domain}`, same), 409, "邮箱已存在");
    expect((await me(server, await login(server, same))).json.email).toBe(email);
    expect((await loginByName(same)).json.data.user.email).toBe(email);
    const reset = { email: same, old_password: PASSWORD, new_password: PASSWORD };
    expect((await post("/api/users/reset_password", reset)).status).toBe(200);
  });

  it.each(DOMAINS)("is shown as typed with %s, and found by its ordinary spelling", async (domain) => {
    const email = freshEmail();
    const typed = spelt(email, domain);
    await registerUser(server, typed);
    expect((await me(server, await login(server, email))).json.email).toBe(typed.toLowerCase());
  });

  it("is the same in Unicode and in ASCII", async () => {
    const email = freshEmail().replace("example.com", "bücher.example");
    await registerUser(server, email);
    const ascii = email.replace("bücher", "xn--bcher-kva");
    expectDetail(await register("ascii", ascii), 409, "邮箱已存在");
    expect((await me(server, await login(server, ascii))).json.email).toBe(email);
  });

  it("may be the account's username in another spelling of its domain", async () => {
    const email = freshEmail();
    expect((await register(spelt(email, "example。com"), email)).status).toBe(200);
    expectDetail(await register("other", email), 409, "邮箱已存在");
  });
});

describe("a username", () => {
  it.each([
    ["outer blanks", " \t trimmed one \n", "trimmed one"],
    ["inner blanks", "in  between", "in  between"],
    ["one code point", "😀", "😀"],
    ["fifty code points", "😀".repeat(49).concat("字"), "😀".repeat(49).concat("字")],
    ["another script", "用户-1", "用户-1"],
    ["quotes", `o'hara "the" \\ one`, `o'hara "the" \\ one`],
  ])("with %s is taken", async (_, username, shown) => {
    const answer = await register(username);
    expect([answer.status, answer.json.data?.user.username]).toEqual([200, shown]);
    expect((await loginByName(shown)).status).toBe(200);
  });

  it("of blanks alone is too short", async () => {
    for (const username of ["", " ", "\u3000\t\n"]) {
      expectEntries(await register(username), [entry.tooShort("username", 1)]);
    }
  });

  it("of 51 code points is too long", async () => {
    for (const username of ["u".repeat(51), "😀".repeat(51)]) {
      expectEntries(await register(username), [entry.tooLong("username", 50)]);
    }
  });

  it.each(["a\u0000b", "a\u0007b", "a\nb", "a\u007fb", "a\u0085b", "<b>", "a>b", "a<b", "\ud800"])(
    "with %j in it is refused in a plain sentence",
    async (username) => {
      const { status, json } = await register(username);
      expect(status).toBe(422);
      expect(json).toEqual({
        detail: [{ loc: ["body", "username"], msg: expect.stringMatching(/\w+ \w+/), type: "value_error" }],
      });
      expect(Object.keys(json.detail[0])).toEqual(["loc", "msg", "type"]);
    },
  );

  it.each(INVISIBLE)("with the invisible %j in it is refused in a plain sentence", async (character) => {
    for (const username of [`ad${character}min`, `admin${character}x`, `${character}`]) {
      // Surrounding whitespace, to which U+FEFF belongs in JavaScript, is trimmed.
      if (username.trim() === "") continue;
      expectEntries(await register(username), [
        { loc: ["body", "username"], msg: "must not contain invisible characters", type: "value_error" },
      ]);
    }
  });

  it.each(["\u0301", "\u0301\u0302 \u0303"])(
    "without a visible character is refused: %j",
    async (username) => {
      expectEntries(await register(username), [
        { loc: ["body", "username"], msg: "must contain a visible character", type: "value_error" },
      ]);
    },
  );

  it("with invisible characters from before they were refused keeps signing in", async () => {
    const { username, email, id } = await signUpByName(server);
    const invisible = `${username}\u200b\u202e`;
    const change = "UPDATE users SET username = ?, username_key = ? WHERE email = ?";
    await runElsewhere(server, change, invisible, invisible, email);
    for (const name of [invisible, email]) expect((await loginByName(name)).json.data.user.id).toBe(id);
  });

  it("with @ must be the account's own address, in any letter case", async () => {
    const squat = {
      loc: ["body", "username"],
      msg: "username must not contain '@' unless it is the account's email",
      type: "value_error",
    };
    for (const username of [freshEmail(), "@", "me@home"]) {
      expectEntries(await register(username), [squat]);
    }
    const email = freshEmail();
    expect((await register(email.toUpperCase(), email)).status).toBe(200);
  });

  it("never stands in the way of the owner of an address", async () => {
    const email = freshEmail();
    expect((await register(email)).status).toBe(422);
    const owner = await registerUser(server, email);
    expect((await verify(server, await login(server, owner))).json.data.username).toBe(email);
  });

  it("is taken where it is the address of an account of the users surface", async () => {
    const { email } = await signUp(server);
    expectDetail(await register(email, email), 409, "用户名已存在");
  });
});
