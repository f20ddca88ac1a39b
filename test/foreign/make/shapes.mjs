// Writes files in the shape of programs that cannot run here, after their documentation and source: Prisma's SQLite
// table, Auth.js, MongoDB's mongoexport, phpMyAdmin, MySQL's INTO OUTFILE, and the exports of Keycloak and Firebase.
// Usage: node shapes.mjs FOLDER, with better-sqlite3, bcryptjs and @node-rs/argon2 installed.
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashRawSync } from "@node-rs/argon2";
import bcrypt from "bcryptjs";
import Database from "better-sqlite3";

const folder = process.argv[2] ?? ".";
const PASSWORD = "pässword😀";
const bcryptHash = bcrypt.hashSync(PASSWORD, 4);
const write = (name, text) => writeFileSync(join(folder, name), text);

// As `prisma migrate` makes it; Prisma writes times as milliseconds, and the database's own default is text.
const prisma = new Database(join(folder, "prisma.db"));
prisma.exec(`
  CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY, "email" TEXT NOT NULL, "name" TEXT, "passwordHash" TEXT, "emailVerified" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL
  );
  CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
  INSERT INTO "User" VALUES ('clx1abc', 'prisma@example.com', 'Zoë', '${bcryptHash}', 1714551330000, 1714551330000, 1714551330000);
  INSERT INTO "User" VALUES ('clx2abc', 'prisma2@example.com', NULL, '${bcryptHash}', NULL, '2024-05-01 08:15:30', 1714551330000);
`);
prisma.close();

const authjs = {
  id: "clx1",
  name: "Zoë",
  email: "authjs@example.com",
  emailVerified: "2024-05-01T08:15:30.000Z",
  image: null,
  password: bcryptHash,
};
write("authjs.jsonl", `${JSON.stringify(authjs)}\n`);

const mongo = {
  _id: { $oid: "5f0c2f6e5f0c2f6e5f0c2f6e" },
  email: "mongo@example.com",
  password: bcryptHash,
  created_at: { $date: "2024-05-01T08:15:30Z" },
  updated_at: { $date: { $numberLong: "1714551330000" } },
  loginCount: { $numberInt: "7" },
};
write("mongoexport.json", `${JSON.stringify(mongo)}\n`);

write(
  "phpmyadmin.csv",
  `"id","email","hash","first_name","phone","created_at","email_verified_at"\n"1","phpmyadmin@example.com","${bcryptHash}",NULL,NULL,"2024-05-01 08:15:30",NULL\n`,
);
write("mysql.csv", `email,hash,first_name,phone,created_at\nmysql@example.com,${bcryptHash},\\N,\\N,\\N\n`);

const salt = randomBytes(16);
const pbkdf2 = (digest, iterations, size) => ({
  id: "5f1e2d3c-0000-4000-8000-000000000001",
  type: "password",
  createdDate: 1714551330000,
  secretData: JSON.stringify({
    value: pbkdf2Sync(PASSWORD, salt, iterations, size, digest).toString("base64"),
    salt: salt.toString("base64"),
    additionalParameters: {},
  }),
  credentialData: JSON.stringify({
    hashIterations: iterations,
    algorithm: digest === "sha1" ? "pbkdf2" : `pbkdf2-${digest}`,
    additionalParameters: {},
  }),
});
const argon2 = {
  type: "password",
  createdDate: 1714551330000,
  secretData: JSON.stringify({
    value: hashRawSync(PASSWORD, {
      algorithm: 2,
      memoryCost: 64,
      timeCost: 5,
      parallelism: 1,
      outputLen: 32,
      salt,
    }).toString("base64"),
    salt: salt.toString("base64"),
    additionalParameters: {},
  }),
  credentialData: JSON.stringify({
    hashIterations: 5,
    algorithm: "argon2",
    additionalParameters: {
      hashLength: ["32"],
      memory: ["64"],
      type: ["id"],
      version: ["1.3"],
      parallelism: ["1"],
    },
  }),
};
const keycloakUser = (name, credentials, more = {}) => ({
  id: `6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c${name.length.toString(16).padStart(2, "0")}`,
  createdTimestamp: 1714551330123,
  username: name,
  enabled: true,
  totp: false,
  emailVerified: true,
  firstName: "Zoë",
  lastName: "王",
  email: `keycloak-${name}@example.com`,
  credentials,
  disableableCredentialTypes: [],
  requiredActions: [],
  realmRoles: ["default-roles-shop"],
  notBefore: 0,
  groups: [],
  ...more,
});
const { email: _, ...service } = keycloakUser("service-account-shop", [], { serviceAccountClientId: "shop" });
const realm = {
  realm: "shop",
  users: [
    keycloakUser("sha1", [pbkdf2("sha1", 1000, 20)]),
    keycloakUser("sha-256", [pbkdf2("sha256", 27500, 64)]),
    keycloakUser("sha--512", [{ type: "otp", secretData: "{}" }, pbkdf2("sha512", 1000, 64)]),
    keycloakUser("argon2-id", [argon2], { enabled: false }),
    keycloakUser("unknown-way", [{ ...argon2, credentialData: JSON.stringify({ algorithm: "md5" }) }]),
    keycloakUser("no-credential", []),
    service,
  ],
};
write("keycloak.json", JSON.stringify(realm, null, 2));

// The example that Firebase publishes with the source of its algorithm; its password is user1password.
const firebase = {
  users: [
    {
      localId: "user1",
      email: "firebase@example.com",
      emailVerified: true,
      passwordHash:
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
      salt: "42xEC+ixf3L2lw==",
      displayName: "Zoë",
      lastSignedInAt: "1714551330000",
      createdAt: "1714551330000",
      disabled: false,
      providerUserInfo: [],
    },
    {
      localId: "user2",
      email: "firebase-google@example.com",
      createdAt: "1714551330000",
      providerUserInfo: [{ providerId: "google.com" }],
    },
  ],
};
write("firebase.json", JSON.stringify(firebase));
write(
  "firebase-parameters.txt",
  "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\n" +
    "  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n",
);
