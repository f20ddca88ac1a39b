import { describe, expect, it } from "vitest";
import { addressOf, parsePostgresUrl } from "../../../../apps/server/src/database/postgres/url.js";

const faultOf = (url: string) => {
  const parsed = parsePostgresUrl(url);
  return "fault" in parsed ? parsed.fault : undefined;
};

describe("the URL of a PostgreSQL database", () => {
  it("is taken apart, with its escapes", () => {
    expect(
      addressOf("postgresql://l%C3%A9o:p%40ss%2Fw%23rd@db.example.com:6432/latch%20key?sslmode=verify-full"),
    ).toEqual({
      host: "db.example.com",
      port: 6432,
      user: "léo",
      password: "p@ss/w#rd",
      database: "latch key",
      tls: "verify",
      rootFile: undefined,
      schema: undefined,
    });
  });

  it("needs no encryption on this machine, but everywhere else a decision", () => {
    for (const local of ["localhost", "127.0.0.1", "[::1]", "db.localhost"]) {
      expect(addressOf(`postgres://u@${local}/d`)).toMatchObject({ tls: "off", port: 5432 });
    }
    for (const remote of ["db", "10.0.0.7", "db.example.com", "localhost.example.com", "127.0.0.1.nip.io"]) {
      expect(faultOf(`postgres://u@${remote}/d`)).toMatch(/sslmode=verify-full.*sslmode=disable/);
    }
    expect(addressOf("postgres://u@db/d?sslmode=disable")).toMatchObject({ tls: "off" });
    expect(addressOf("postgres://u@db/d?sslmode=no-verify")).toMatchObject({ tls: "unverified" });
    expect(addressOf("postgres://u@db/d?sslmode=verify-full&sslrootcert=/etc/ca.pem")).toMatchObject({
      tls: "verify",
      rootFile: "/etc/ca.pem",
    });
  });

  it.each(["require", "prefer", "allow", "verify-ca", "true", ""])(
    "is refused with sslmode=%s, which drivers understand differently",
    (mode) => {
      expect(faultOf(`postgres://u@localhost/d?sslmode=${mode}`)).toMatch(/^must have sslmode=verify-full/);
    },
  );

  it("may lead to the folder of a socket", () => {
    expect(addressOf("postgres://u@/d?host=/var/run/postgresql")).toMatchObject({
      host: "/var/run/postgresql",
      tls: "off",
    });
    expect(faultOf("postgres://u@/d?host=db.example.com")).toMatch(/socket/);
  });

  it.each([
    ["postgres://u:secret@localhost", /database/],
    ["postgres://u:secret@localhost/", /database/],
    ["postgres://u:secret@localhost/a/b", /database/],
    ["postgres://localhost/d", /user/],
    ["postgres:///d", /host/],
    ["postgres://u:secret@a,b/d?sslmode=disable", /one host/],
    ["postgres://u:secret@a:1,b:2/d", /must be postgres:/],
    ["postgres:u:secret@localhost/d", /must be postgres:/],
    ["postgres://u:se#cret@localhost/d", /%23/],
    ["postgres://u:se%zzcret@localhost/d", /%25/],
    ["postgres://u:se%00cret@localhost/d", /%/],
    ["postgres://u:1?secret=2@localhost/d", /parameters|database/],
    ["postgres://u:secret@localhost/d?secret=1", /parameters/],
    ["postgres://u:secret@localhost/d?sslmode=disable&sslmode=verify-full", /once/],
    ["postgres://u:secret@localhost/d?sslrootcert=/ca.pem", /sslrootcert/],
    ["postgres://u:secret@localhost/d?sslmode=verify-full&sslrootcert=ca.pem", /sslrootcert/],
    ["postgres://u:secret@localhost/d?schema=Public;drop", /schema/],
  ])("is refused as %s, and not quoted", (url, fault) => {
    expect(faultOf(url)).toMatch(fault);
    expect(faultOf(url)).not.toContain("cret");
  });
});
