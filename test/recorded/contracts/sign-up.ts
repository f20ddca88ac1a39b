import type { Chapter } from "../play.js";
import { authLogin, authRegister, me, usersLogin, usersRegister, verify } from "../requests.js";

const dots = (labels: number) => "d.".repeat(labels);

/** Addresses that are accepted, then some that are not. */
const ADDRESSES = [
  "plain@example.com",
  "First.Last+Tag@Sub.Example.CO.UK",
  "!#$%&'*+-/=?^_`{|}~@example.com",
  "  blanks@example.com\t\r\n",
  "用户@例え.jp",
  "почта@пример.рф",
  "x@xn--e1afmkfd.xn--p1ai",
  "try@it.test",
  "try@it.invalid",
  `${"l".repeat(64)}@example.com`,
  `a@${dots(124)}com`,
  "plain",
  "@example.com",
  "nobody@",
  "no@dot",
  "two@@example.com",
  ".a@example.com",
  "a..b@example.com",
  "a@example..com",
  "a@example.com.",
  "a@-example.com",
  "a@exam_ple.com",
  "a@example.c0",
  "a@127.0.0.1",
  "a@[127.0.0.1]",
  '"a b"@example.com',
  "San Zhang <san@example.com>",
  "mailto:a@example.com",
  "a\u200b@example.com",
  "a@host.localhost",
  `${"l".repeat(65)}@example.com`,
  `a@${"d".repeat(64)}.com`,
  `a@${dots(125)}com`,
];

export const usersRegistration: Chapter = {
  name: "users-register",
  async play({ ask, askAll }) {
    await askAll({
      "a new address": usersRegister("ana@example.com"),
      "the same again": usersRegister("ana@example.com"),
      "in another letter case": usersRegister("ANA@Example.COM"),
      "with blanks around it": usersRegister(" ana@example.com "),
      "taken, although other fields do not fit": usersRegister("ana@example.com", { password: "" }),
      "empty names": usersRegister("bo@example.com", { first_name: "", last_name: "", phone_number: "" }),
      "names of another script": usersRegister("li@example.com", {
        first_name: "三",
        last_name: "张 <\"'&>",
        phone_number: "+86 (138) 0013-8000",
      }),
      "a password of one character": usersRegister("one@example.com", { password: "x" }),
      "a password of 1024 code points": usersRegister("long@example.com", { password: "😀".repeat(1024) }),
      "a password with control characters": usersRegister("tab@example.com", { password: "a\tb\u0001" }),
      "unknown keys": usersRegister("more@example.com", { role: "admin", username: "more", uuid: "1" }),
      "an address in decomposed letters": usersRegister("jose\u0301@example.com"),
      "the same in composed letters": usersRegister("jos\u00e9@example.com"),
      "an address of the auth surface": authRegister("carl", { email: "carl@example.com" }),
      "which is taken here, too": usersRegister("Carl@example.com"),
    });
    for (const address of ADDRESSES) await ask("an address of its own kind", usersRegister(address));
    const profile = await ask("signing in with what was registered", usersLogin("li@example.com"));
    await ask("the names as they were given", me(profile.token()));
  },
};

const USERNAMES = [
  " \t trimmed one \n",
  "in  between",
  "😀",
  "😀".repeat(49).concat("字"),
  "用户-1",
  `o'hara "the" \\ one`,
  "\u3000\t",
  "u".repeat(51),
  "a\u0007b",
  "a\u007fb",
  "<b>",
  "a>b",
  "@",
  "me@home",
  "other@example.com",
  "a\u200bb",
  "a\u202eb",
];

export const authRegistration: Chapter = {
  name: "auth-register",
  async play({ ask, askAll }) {
    const first = await ask("a new account", authRegister("ana"));
    await ask("its token is good", verify(first.token()));
    await askAll({
      "the same again": authRegister("ana"),
      "the username in another letter case": authRegister("ANA", { email: "other@example.com" }),
      "the username with blanks around it": authRegister(" ana ", { email: "other@example.com" }),
      "the address in another letter case": authRegister("bo", { email: "ANA@example.com" }),
      "both taken": authRegister("Ana", { email: "ANA@example.com" }),
      "a password too short": authRegister("bo", { password: "12345" }),
      "a password of five emoji": authRegister("bo", { password: "😀😀😀😀😀" }),
      "a password of six emoji": authRegister("bo", { password: "😀😀😀😀😀😀" }),
      "several faults at once": authRegister("", { email: "nobody", password: "short" }),
      "an address as username": authRegister("carl@example.com", { email: "carl@example.com" }),
      "in another letter case": authRegister("DORA@example.com", { email: "dora@example.com" }),
      "an account of the users surface": usersRegister("eve@example.com"),
      "whose address is taken here": authRegister("eve", { email: "eve@example.com" }),
      "whose address is its username": authRegister("eve@example.com", { email: "eve@example.com" }),
      "letters of another script that look alike": authRegister("аnа", { email: "alike@example.com" }),
      "a composed name": authRegister("Zo\u00eb", { email: "zoe@example.com" }),
      "the same decomposed": authRegister("zoe\u0308", { email: "zoe2@example.com" }),
      "unknown keys": authRegister("fred", { role: "admin", first_name: "Fred", id: "1" }),
    });
    for (const [index, username] of USERNAMES.entries()) {
      await ask("a username of its own kind", authRegister(username, { email: `u${index}@example.com` }));
    }
    const login = await ask("signing in by the name", authLogin("FRED"));
    await ask("no names are known on the other surface", me(login.token()));
  },
};

export const commonPasswords: Chapter = {
  name: "common-passwords",
  environment: { COMMON_PASSWORDS: "refuse" },
  async play({ askAll, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    await askAll({
      "a common password on the users surface": usersRegister("bo@example.com", { password: "password123" }),
      "in other letters": usersRegister("bo@example.com", { password: "PassWord123" }),
      "a taken address with a common password": usersRegister("ana@example.com", { password: "password" }),
      "a common password on the auth surface": authRegister("bo", { password: "123456" }),
      "a taken name with a common password": authRegister("ana", {
        email: "ana@example.com",
        password: "123456",
      }),
      another: usersRegister("bo@example.com"),
    });
  },
};
