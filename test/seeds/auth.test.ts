import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { claimsOf, entry, expectAnswer, expectDetail, expectEntries } from "./expect-answer.js";

// The document: auth-api.zh.md. Its lines stand above what holds them.

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { REDIS_URL: inject("redisUrl") } });
});
afterAll(() => server.close());

let made = 0;
const newUser = () => ({ username: `user ${++made}`, email: freshEmail(), password: PASSWORD });
const register = (json: unknown) => send(server, "POST", "/api/auth/register", { json });
const login = (json: unknown) => send(server, "POST", "/api/auth/login", { json });

/** The user object of an account that was made just now. */
const userObject = (id: string, { username, email }: { username: string; email: string }) =>
  `{"id":"${id}","username":"${username}","email":"${email}",` +
  '"created_at":"2026-01-15T12:00:00Z","updated_at":"2026-01-15T12:00:00Z"}';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

describe("📝 用户注册", () => {
  it("registers and signs in", async () => {
    // | POST | `/api/auth/register` | 用户注册 | ❌ |
    // **端点**: `POST /api/auth/register`
    // "message": "用户注册成功",
    const user = newUser();
    const answer = await register(user);
    const { token, user: shown } = answer.json.data;
    // "id": "uuid",
    expect(shown.id).toMatch(UUID);
    // "token": "jwt-token-string"
    expect(token).toMatch(TOKEN);
    // "created_at": "2025-07-17T10:00:00Z",
    const data = `{"user":${userObject(shown.id, user)},"token":"${token}"}`;
    expectAnswer(answer, 200, `{"success":true,"message":"用户注册成功","data":${data}}`);
  });

  it("refuses a username and an address that are taken", async () => {
    // | username | string | ✅ | 用户名，唯一标识 |
    // | email | string | ✅ | 邮箱地址，唯一标识 |
    // **409 - 用户已存在**
    // "detail": "用户名已存在"
    const user = newUser();
    await register(user);
    expectDetail(await register({ ...newUser(), username: user.username }), 409, "用户名已存在");
    expectDetail(await register({ ...newUser(), email: user.email }), 409, "邮箱已存在");
    expectDetail(await register(user), 409, "用户名已存在");
  });

  it("requires a password of six characters", async () => {
    // | password | string | ✅ | 密码，至少6位字符 |
    // - 最少6个字符
    expectEntries(await register({ ...newUser(), password: "12345" }), [entry.tooShort("password", 6)]);
    expect((await register({ ...newUser(), password: "123456" })).status).toBe(200);
  });

  it.each(["username", "email", "password"])("requires %s", async (field) => {
    // **422 - 参数验证错误**
    // "loc": ["body", "email"],
    // "msg": "field required",
    // "type": "value_error.missing"
    const { [field]: _, ...others } = newUser() as Record<string, string>;
    expectEntries(await register(others), [entry.missing(field)]);
  });
});

describe("🔑 用户登录", () => {
  it("signs in by username and by address", async () => {
    // | POST | `/api/auth/login` | 用户登录 | ❌ |
    // **端点**: `POST /api/auth/login`
    // | username | string | ✅ | 用户名或邮箱地址 |
    // | password | string | ✅ | 密码 |
    // "message": "登录成功",
    const user = newUser();
    const { id } = (await register(user)).json.data.user;
    for (const username of [user.username, user.email]) {
      const answer = await login({ username, password: PASSWORD });
      const { token } = answer.json.data;
      expect(token).toMatch(TOKEN);
      const data = `{"user":${userObject(id, user)},"token":"${token}"}`;
      expectAnswer(answer, 200, `{"success":true,"message":"登录成功","data":${data}}`);
    }
  });

  it("refuses whoever it does not know and whoever has a wrong password, alike", async () => {
    // **401 - 认证失败**
    // "detail": "用户名或密码错误"
    const user = newUser();
    await register(user);
    for (const wrong of [
      { username: user.username, password: "wrong" },
      { username: "nobody", password: PASSWORD },
    ]) {
      const answer = await login(wrong);
      expectDetail(answer, 401, "用户名或密码错误");
      expect(answer.headers.has("www-authenticate")).toBe(false);
    }
  });
});

describe("✅ 验证令牌", () => {
  it("shows whose token it is", async () => {
    // | GET | `/api/auth/verify` | 验证令牌 | ✅ |
    // **端点**: `GET /api/auth/verify`
    // Authorization: Bearer <jwt-token>
    // "message": "令牌验证成功",
    const user = newUser();
    const { token, user: shown } = (await register(user)).json.data;
    const answer = await send(server, "GET", "/api/auth/verify", { token });
    const data = userObject(shown.id, user);
    expectAnswer(answer, 200, `{"success":true,"message":"令牌验证成功","data":${data}}`);
  });

  it("refuses an invalid token", async () => {
    // **401 - 令牌无效**
    // "detail": "Invalid token"
    const answer = await send(server, "GET", "/api/auth/verify", { token: "invalid" });
    expectDetail(answer, 401, "Invalid token");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("asks for a token where there is none", async () => {
    // **401 - 缺少认证信息**
    // "detail": "Authentication required"
    const answer = await send(server, "GET", "/api/auth/verify");
    expectDetail(answer, 401, "Authentication required");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });
});

describe("🔒 安全说明", () => {
  it("says in the token whose it is and how long it lives", async () => {
    // - `sub`: 用户ID
    // - `username`: 用户名
    // - `exp`: 过期时间
    // - `iat`: 签发时间
    const { token, user } = (await register(newUser())).json.data;
    const now = server.clock.nowMs() / 1000;
    expect(claimsOf(token)).toMatchObject({
      sub: user.id,
      username: user.username,
      iat: now,
      exp: now + 24 * 3600,
    });
  });

  it("lets nobody in with a token that has expired, but with a new one", async () => {
    // 3. **过期处理**: token过期后需要重新登录获取新token
    const user = newUser();
    const { token } = (await register(user)).json.data;
    server.clock.advance({ days: 1 });
    expectDetail(await send(server, "GET", "/api/auth/verify", { token }), 401, "Invalid token");
    const { token: renewed } = (await login({ username: user.username, password: PASSWORD })).json.data;
    expect((await send(server, "GET", "/api/auth/verify", { token: renewed })).status).toBe(200);
  });

  it("shows with a token its own user and nobody else", async () => {
    // 4. **作用域限制**: token仅对当前用户的资源有效
    const [first, second] = [newUser(), newUser()];
    const tokens = [(await register(first)).json.data.token, (await register(second)).json.data.token];
    const shown = await Promise.all(
      tokens.map(async (token) => (await send(server, "GET", "/api/auth/verify", { token })).json.data.email),
    );
    expect(shown).toEqual([first.email, second.email]);
  });

  // Advice to clients and to people, which a server cannot hold:
  // 1. **存储安全**: 将token存储在安全的地方（如httpOnly cookie）
  // 2. **传输安全**: 仅在HTTPS连接中传输token
  // - 建议包含大小写字母、数字和特殊字符
  // - 避免使用常见密码
});

const curlIsHere = (() => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe("示例", () => {
  it("answers the three commands of the document", async ({ skip }) => {
    if (!curlIsHere) return skip("curl is not here");
    const fresh = await startServer();
    const document = readFileSync(join(import.meta.dirname, "auth-api.zh.md"), "utf8");
    const commands = [...document.matchAll(/```bash\n(.*?)```/gs)].map(([, command = ""]) => command);
    const run = async (command: string | undefined) => {
      const here = command?.replace("localhost:8000", `localhost:${fresh.port}`) ?? "";
      return JSON.parse((await promisify(execFile)("sh", ["-c", here])).stdout);
    };
    try {
      expect(commands).toHaveLength(3);
      const registered = await run(commands[0]);
      expect(registered).toMatchObject({ message: "用户注册成功", data: { user: { username: "testuser" } } });
      const signedIn = await run(commands[1]);
      expect(signedIn).toMatchObject({ message: "登录成功", data: { user: registered.data.user } });
      const verified = await run(commands[2]?.replace("<your-jwt-token>", signedIn.data.token));
      expect(verified).toEqual({ success: true, message: "令牌验证成功", data: registered.data.user });
    } finally {
      await fresh.close();
    }
  });
});
