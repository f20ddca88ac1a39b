import { afterEach, describe, expect, it } from "vitest";
import { PASSWORD, registerUser } from "../../../support/rest.js";
import { rowsElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { doors, repeat, statuses, usersLogin } from "./doors.js";

let server: TestServer;
afterEach(() => server.close());
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  server = await startServer({ environment: { TRUST_PROXY: "1", ...environment } });
  return server;
};

const OFFICE = "192.0.2.1";
const DEVICE = "3f0c2f6e-the-owners-laptop";
const laptop = { network: OFFICE, device: DEVICE };

describe("a device that has signed in before", () => {
  it.each(doors)("is not locked out at %s by a guesser in the same network", async (_, door) => {
    await start();
    const email = await registerUser(server);
    expect((await usersLogin(server, email, PASSWORD, laptop)).status).toBe(200);
    await repeat(40, () => door(server, email, "wrong", OFFICE));
    await repeat(40, (i) => door(server, email, "wrong", { network: OFFICE, device: `guessed device ${i}` }));
    expect((await door(server, email, PASSWORD, OFFICE)).status).toBe(429);
    expect((await door(server, email, PASSWORD, laptop)).status).toBe(200);
    expect((await door(server, email, PASSWORD, { network: "192.0.2.99", device: DEVICE })).status).toBe(200);
  });

  it("is not locked out by a network that has tried too many accounts", async () => {
    await start({ GUESSES_PER_NETWORK: "5" });
    const [email, other] = [await registerUser(server), await registerUser(server)];
    await usersLogin(server, email, PASSWORD, laptop);
    await repeat(8, () => usersLogin(server, other, "wrong", OFFICE));
    expect((await usersLogin(server, email, PASSWORD, OFFICE)).status).toBe(429);
    expect((await usersLogin(server, email, PASSWORD, laptop)).status).toBe(200);
  });

  it("has a limit of its own, in case it is stolen", async () => {
    await start({ GUESSES_PER_DEVICE: "5" });
    const email = await registerUser(server);
    await usersLogin(server, email, PASSWORD, laptop);
    const answers = await repeat(20, (i) =>
      usersLogin(server, email, "wrong", { network: `192.0.2.${i}`, device: DEVICE }),
    );
    expect(statuses(answers, 400)).toBe(5);
    expect(statuses(answers, 429)).toBe(15);
  });

  it("is known for its own account only", async () => {
    await start({ GUESSES_PER_ACCOUNT_AND_NETWORK: "3" });
    const [email, other] = [await registerUser(server), await registerUser(server)];
    await usersLogin(server, email, PASSWORD, laptop);
    await repeat(3, () => usersLogin(server, other, "wrong", laptop));
    expect((await usersLogin(server, other, PASSWORD, laptop)).status).toBe(429);
  });

  it("is forgotten after 90 days without a sign-in", async () => {
    await start({ GUESSES_PER_ACCOUNT_AND_NETWORK: "3" });
    const email = await registerUser(server);
    const from = async (days: number) => {
      server.clock.advance({ days });
      await repeat(3, () => usersLogin(server, email, "wrong", OFFICE));
      return (await usersLogin(server, email, PASSWORD, laptop)).status;
    };
    expect((await usersLogin(server, email, PASSWORD, laptop)).status).toBe(200);
    expect(await from(89)).toBe(200);
    expect(await from(89)).toBe(200);
    expect(await from(90)).toBe(429);
  });

  it("is one of 20: a new one replaces the one that signed in the longest ago", async () => {
    await start({ GUESSES_PER_ACCOUNT_AND_NETWORK: "3" });
    const email = await registerUser(server);
    const at = (i: number) => ({ network: OFFICE, device: `device number ${i} of the owner` });
    for (let i = 0; i <= 20; i++) {
      await usersLogin(server, email, PASSWORD, at(i));
      server.clock.advance({ minutes: 1 });
    }
    await repeat(3, () => usersLogin(server, email, "wrong", OFFICE));
    expect((await usersLogin(server, email, PASSWORD, at(0))).status).toBe(429);
    expect((await usersLogin(server, email, PASSWORD, at(1))).status).toBe(200);
  });

  it("leaves neither its id nor its address in the database", async () => {
    await start();
    const email = await registerUser(server);
    await usersLogin(server, email, PASSWORD, laptop);
    const places = JSON.stringify(await rowsElsewhere(server, "SELECT * FROM known_places"));
    expect(places).not.toContain(DEVICE);
    expect(places).not.toContain(OFFICE);
  });
});
