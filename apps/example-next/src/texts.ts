const en = {
  title: "Latchkey in Next.js",
  home: "Home",
  account: "Account",
  signIn: "Sign in",
  signUp: "Sign up",
  signOut: "Sign out",
  signOutHere: "Sign out from the browser",
  wait: "One moment …",
  busy: "Working …",
  login: "Username or email address",
  username: "Username",
  email: "Email address",
  password: "Password",
  toSignUp: "Create an account",
  toSignIn: "I already have an account",
  signedInAs: "Signed in as",
  signedOut: "You are not signed in.",
  foundByBrowser: "The browser's client says:",
  mailAddress: "Your email address, asked by the browser:",
  unreachable: "The login server cannot be reached. Please try again.",
  stillSignedIn: "You are still signed in: the login server cannot be reached. Please try again.",
  notTold:
    "You are signed out in this browser, but the login server cannot be reached. Your session there ends when " +
    "it can be.",
};

/** The texts of the pages, by name. */
export type Texts = Readonly<typeof en>;

const zh: Texts = {
  title: "Next.js 中的 Latchkey",
  home: "首页",
  account: "账户",
  signIn: "登录",
  signUp: "注册",
  signOut: "退出登录",
  signOutHere: "从浏览器退出登录",
  wait: "请稍候……",
  busy: "处理中……",
  login: "用户名或邮箱",
  username: "用户名",
  email: "邮箱",
  password: "密码",
  toSignUp: "创建账户",
  toSignIn: "我已有账户",
  signedInAs: "当前用户：",
  signedOut: "您尚未登录。",
  foundByBrowser: "浏览器中的客户端：",
  mailAddress: "您的邮箱（由浏览器查询）：",
  unreachable: "无法连接登录服务器，请重试。",
  stillSignedIn: "无法连接登录服务器，您仍处于登录状态，请重试。",
  notTold: "您已在此浏览器中退出登录，但无法连接登录服务器。连接恢复后，服务器上的会话将随之结束。",
};

const TEXTS = { en, zh } as const;

export type Language = keyof typeof TEXTS;

export function textsIn(language: Language): Texts {
  return TEXTS[language];
}

/** The language that an `Accept-Language` header names first, if there are texts in it. */
export function languageOf(accepted: string | null): Language {
  return /^\s*zh\b/i.test(accepted ?? "") ? "zh" : "en";
}
