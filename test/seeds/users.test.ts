import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BY_OPERATOR } from "../support/operator.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { valueElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { entry, expectAnswer, expectDetail, expectEntries } from "./expect-answer.js";

// The document: users-api.zh.md. Its lines stand above what holds them.

let server: TestServer;
beforeAll(async () => {
  // - **数据库**: SQLite, Redis
  server = await startServer({ environment: { REDIS_URL: inject("redisUrl") } });
});
afterAll(() => server.close());

const post = (path: string, json: unknown) => send(server, "POST", path, { json });
const newUser = (email = freshEmail()) => ({
  email,
  password: PASSWORD,
  first_name: "三",
  last_name: "张",
  phone_number: "13800138000",
});

async function disable(email: string): Promise<void> {
  const { accounts } = server.app.features;
  const account = await accounts.find({ email });
  if (account === undefined) throw new Error("no such account");
  await accounts.disable(account, undefined, BY_OPERATOR);
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

describe("**基础信息**", () => {
  // - **后台语言**: Python
  // - **框架**: FastAPI
  // Another language and framework: that answers stay the same, test/differential holds.
  it("hashes passwords with argon2i", async () => {
    // - **密码哈希算法**: argon2i
    const email = await registerUser(server);
    const row = await valueElsewhere(server, "SELECT hashed_password FROM users WHERE email = ?", email);
    expect(row).toMatch(/^\$argon2i\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/);
  });

  it("serves under the prefix and nowhere else", async () => {
    // - **API前缀**: `/api`
    expect((await send(server, "GET", "/users/me")).status).toBe(404);
    expect((await send(server, "GET", "/api/users/me")).status).toBe(401);
  });
});

describe("**1. 用户注册**", () => {
  it("registers and says so", async () => {
    // - **路径**: `/api/users/register`
    // - **方法**: `POST`
    // - **状态码**: `200 OK`
    // - **成功响应体**:
    //   - `message`: "User registered successfully."
    const answer = await post("/api/users/register", newUser());
    expectAnswer(answer, 200, '{"message":"User registered successfully."}');
  });

  it.each([
    // - **请求体**:
    "email", // - `email` (EmailStr): 用户邮箱（必须，需符合邮箱格式）
    "password", // - `password` (str): 用户密码（必须）
    "first_name", // - `first_name` (str, 必须): 用户名
    "last_name", // - `last_name` (str, 必须): 用户姓
    "phone_number", // - `phone_number` (str, 必须): 用户电话号码
  ])("requires %s", async (field) => {
    // - `422 Unprocessable Entity`: 关键字段缺少
    const { [field]: _, ...others } = newUser() as Record<string, string>;
    expectEntries(await post("/api/users/register", others), [entry.missing(field)]);
  });

  it("requires an address that is one", async () => {
    // - `email` (EmailStr): 用户邮箱（必须，需符合邮箱格式）
    const answer = await post("/api/users/register", newUser("user@example"));
    expectEntries(answer, [entry.badAddress()]);
  });

  it("refuses an address that is taken", async () => {
    // - **失败响应**:
    //   - `400 Bad Request`: 邮箱已被注册
    const email = await registerUser(server);
    expectDetail(await post("/api/users/register", newUser(email)), 400, "Email already registered");
  });
});

describe("**2. 用户登录**", () => {
  it("gives a token for three hours, in minutes", async () => {
    // - **路径**: `/api/users/login`
    // - `email` (str): 用户邮箱
    // - `password` (str): 用户密码
    // - `access_token` (str): 授权令牌
    // - `token_type` (str): 令牌类型，固定值"bearer"
    // - `expires_in` (int): 令牌过期时间，默认acc为3h，单位为分钟
    const email = await registerUser(server);
    const answer = await post("/api/users/login", { email, password: PASSWORD });
    const { access_token } = answer.json;
    expect(access_token).toMatch(TOKEN);
    expectAnswer(
      answer,
      200,
      `{"access_token":"${access_token}","token_type":"bearer","expires_in":${3 * 60}}`,
    );
  });

  it("refuses a wrong address and a wrong password alike", async () => {
    // - `400 Bad Request`: 邮箱或密码错误
    const email = await registerUser(server);
    for (const wrong of [
      { email: freshEmail(), password: PASSWORD },
      { email, password: "wrong" },
    ]) {
      expectDetail(await post("/api/users/login", wrong), 400, "Incorrect email or password");
    }
  });

  it("refuses a user who is disabled", async () => {
    // - `403 Forbidden`: 用户被禁用
    const email = await registerUser(server);
    await disable(email);
    expectDetail(await post("/api/users/login", { email, password: PASSWORD }), 403, "User is disabled");
  });
});

describe("**3. 获取当前用户信息**", () => {
  it("shows who the token's user is", async () => {
    // - **路径**: `/api/users/me`
    // - **方法**: `GET`
    // - **请求头**:
    //   - `Authorization`: 需包含有效的Bearer令牌
    //   - `email` (EmailStr): 用户邮箱
    //   - `first_name` (str, 可选): 用户名
    //   - `last_name` (str, 可选): 用户姓
    //   - `phone_number` (str, 可选): 用户电话号码
    const user = newUser();
    await post("/api/users/register", user);
    const token = await login(server, user.email);
    const { password: _, ...profile } = user;
    expectAnswer(await send(server, "GET", "/api/users/me", { token }), 200, JSON.stringify(profile));
  });

  it("refuses a token that is missing or invalid", async () => {
    // - `401 Unauthorized`: 令牌无效或未提供
    expectDetail(await send(server, "GET", "/api/users/me"), 401, "Not authenticated");
    const invalid = await send(server, "GET", "/api/users/me", { token: "invalid" });
    expectDetail(invalid, 401, "Token is invalid");
  });
});

describe("**4. 用户登出**", () => {
  it("logs out, once", async () => {
    // - **路径**: `/api/users/logout`
    // - `Authorization`: 包含Bearer令牌
    // - `message`: "You have been logged out."
    const { token } = await signUp(server);
    const answer = await send(server, "POST", "/api/users/logout", { token });
    expectAnswer(answer, 200, '{"message":"You have been logged out."}');
    // - `401 Unauthorized`: 令牌无效或未提供
    expectDetail(await send(server, "POST", "/api/users/logout", { token }), 401, "Token is invalid");
    expectDetail(await send(server, "POST", "/api/users/logout"), 401, "Not authenticated");
  });
});

describe("**5. 刷新访问令牌**", () => {
  const refresh = (token?: string) =>
    send(server, "POST", "/api/users/refresh_token", token === undefined ? {} : { token });

  it("gives a new token for the old one", async () => {
    // - **路径**: `/api/users/refresh_token`
    // - `Authorization`: 包含旧的Bearer令牌
    // - `access_token` (str): 新的授权令牌
    // - `token_type` (str): 令牌类型，固定值"bearer"
    // - `expires_in` (int): 授权令牌有效期（秒），令牌过期时间，默认acc为3h，单位为分钟
    // Seconds and minutes at once: minutes, as at login.
    const { token } = await signUp(server);
    const answer = await refresh(token);
    const { access_token } = answer.json;
    expect(access_token).toMatch(TOKEN);
    expect(access_token).not.toBe(token);
    expectAnswer(answer, 200, `{"access_token":"${access_token}","token_type":"bearer","expires_in":180}`);
    expect((await send(server, "GET", "/api/users/me", { token: access_token })).status).toBe(200);
  });

  it("refuses what is no token", async () => {
    // - `401 Unauthorized`: 刷新令牌无效
    expectDetail(await refresh("invalid"), 401, "Token is invalid");
    expectDetail(await refresh(), 401, "Not authenticated");
  });

  it("refuses a token that is over or on the blacklist", async () => {
    // - `403 Forbidden`: 刷新令牌已过期或在黑名单中
    const { token: loggedOut } = await signUp(server);
    await send(server, "POST", "/api/users/logout", { token: loggedOut });
    const { token: old } = await signUp(server);
    server.clock.advance({ days: 7 });
    for (const token of [loggedOut, old]) {
      expectDetail(await refresh(token), 403, "Refresh token is invalid or expired");
    }
  });
});

// #### *6. 重置密码**, and once more at the end of the document with a hyphen: ### 重置密码
describe.each([
  "/api/users/reset_password", // - **路径**: `/api/users/reset_password`
  "/api/users/reset-password", // - **路径**: `/api/users/reset-password`
])("重置密码: %s", (path) => {
  const change = (email: string) => ({
    email, // - `email` (EmailStr): 用户的邮箱地址，用于标识用户账户。
    old_password: PASSWORD, // - `old_password` (str): 用户当前的密码。
    new_password: "newpassword123", // - `new_password` (str): 用户希望设置的新密码。
  });

  it("sets a new password", async () => {
    // 表示密码已成功重置。
    const email = await registerUser(server);
    const answer = await post(path, change(email));
    expectAnswer(answer, 200, '{"message":"Password has been reset successfully."}');
    await login(server, email, "newpassword123");
    expect((await post("/api/users/login", { email, password: PASSWORD })).status).toBe(400);
  });

  it("does not know a user who is not registered", async () => {
    // - `404 Not Found`: 未找到用户，邮箱可能未注册。
    expectDetail(await post(path, change(freshEmail())), 404, "User not found");
  });

  it("refuses a wrong old password and a body that does not fit", async () => {
    // - `400 Bad Request`: 旧密码不正确或请求体格式错误。
    const email = await registerUser(server);
    expectDetail(await post(path, { ...change(email), old_password: "wrong" }), 400, "Incorrect password");
    expectEntries(
      await post(path, { email }),
      [entry.missing("old_password"), entry.missing("new_password")],
      400,
    );
    expectEntries(await post(path, { ...change("user@") }), [entry.badAddress()], 400);
  });

  it("takes the old password for the new one", async () => {
    // - 后端我没限定旧密码一定得要和新密码不同，这个在前端来保证就行了
    const email = await registerUser(server);
    expect((await post(path, { ...change(email), new_password: PASSWORD })).status).toBe(200);
    await login(server, email, PASSWORD);
  });
});
