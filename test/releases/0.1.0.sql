PRAGMA foreign_keys = OFF;
CREATE TABLE migrations (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE room (bytes BLOB NOT NULL) STRICT;
CREATE TABLE `user_info` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`first_name` text,
	`last_name` text,
	`phone_number` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`username` text NOT NULL,
	`username_key` text NOT NULL,
	`hashed_password` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`disabled_reason` text,
	`role` text DEFAULT 'user' NOT NULL,
	`language` text,
	`email_verified_at` integer,
	`must_change_password` integer DEFAULT false NOT NULL,
	`session_epoch` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
CREATE TABLE `audit_checkpoint` (
	`id` integer PRIMARY KEY NOT NULL,
	`number` integer NOT NULL,
	`hash` text NOT NULL
);
CREATE TABLE `audit_entries` (
	`number` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`outcome` text NOT NULL,
	`actor` text NOT NULL,
	`subject` text,
	`address` text,
	`user_agent` text,
	`request_id` text,
	`details` text,
	`hash` text NOT NULL
);
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`private_jwk` text NOT NULL,
	`created_at` integer NOT NULL
);
CREATE TABLE `guesses` (
	`id` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`ends_at` integer NOT NULL
);
CREATE TABLE `known_places` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`ends_at` integer NOT NULL
);
CREATE TABLE `mails` (
	`id` text PRIMARY KEY NOT NULL,
	`recipient` text NOT NULL,
	`recipient_key` text NOT NULL,
	`template` text NOT NULL,
	`language` text NOT NULL,
	`filling` text,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`lease` text,
	`created_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`last_error` text
);
CREATE TABLE `secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_uuid` text NOT NULL,
	`epoch` integer NOT NULL,
	`email` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_uuid`) REFERENCES `users`(`uuid`) ON UPDATE no action ON DELETE cascade
);
CREATE TABLE `revocations` (
	`id` text PRIMARY KEY NOT NULL,
	`revoked_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`key_hash` text,
	`sealed_successor` text
);
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`epoch` integer NOT NULL,
	`token_id` text NOT NULL,
	`token_ends_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`confirmed_at` integer NOT NULL,
	`user_agent` text,
	`address` text NOT NULL,
	`expires_at` integer NOT NULL,
	`keyed` integer DEFAULT false NOT NULL,
	`revoked_at` integer,
	`stolen` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
CREATE TABLE `import_refusals` (
	`import_id` text NOT NULL,
	`line` integer NOT NULL,
	`reason` text NOT NULL,
	PRIMARY KEY(`import_id`, `line`),
	FOREIGN KEY (`import_id`) REFERENCES `imports`(`id`) ON UPDATE no action ON DELETE no action
);
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`line` integer NOT NULL,
	`imported` integer NOT NULL,
	`present` integer NOT NULL,
	`refused` integer NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer
);
CREATE TABLE `account_changes` (
	`id` integer PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
INSERT INTO "migrations" VALUES ('7e47b36fce55ad04a28f54ed881bce86afc5897b8b280cda91d76a4931d28407', 1795814844575);
INSERT INTO "migrations" VALUES ('5e3099b8a28651e2e07bfd24af3ba6c0dbb8a1582576f6efc7a84d04386b1cc5', 1796031465336);
INSERT INTO "user_info" VALUES (1, 1, 'San', 'Zhang', '13800138000');
INSERT INTO "user_info" VALUES (2, 2, NULL, NULL, NULL);
INSERT INTO "user_info" VALUES (3, 3, 'San', 'Zhang', '13800138000');
INSERT INTO "users" VALUES (1, '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', 'san@example.com', 'san@example.com', 'san@example.com', 'san@example.com', '$argon2i$v=19$m=512,t=1,p=1$dBz+//cxsnx9bUkLZBqXzg$vSAvkEFe+sCb5Qvnbm+dz6XwC3rX73tcbS7hqErtLY4', 0, NULL, 'user', NULL, NULL, 0, 0, 1796041278885, 1796041278885);
INSERT INTO "users" VALUES (2, 'd892e1aa-a257-4a79-8838-ca26022b9692', 'li@example.com', 'li@example.com', 'lisi', 'lisi', '$argon2i$v=19$m=512,t=1,p=1$mXXgOLl9TsI/Fe2XbEttzw$2ks11ahHy+mCjvp/6OBcDmhggZ6HUO+X2W9SzdAT1Lc', 0, NULL, 'admin', NULL, NULL, 0, 1, 1796041279317, 1796041279979);
INSERT INTO "users" VALUES (3, '1620f0eb-cf0c-407c-88c0-29fef2e56646', 'disabled@example.com', 'disabled@example.com', 'disabled@example.com', 'disabled@example.com', '$argon2i$v=19$m=512,t=1,p=1$sMrB0Y2w8aHf0g7gQpc/Xg$1OHwBBjr7SLHN/PEK7vwwnCJ8duoZCZKBMPcdZwPtB0', 1, NULL, 'user', NULL, NULL, 0, 1, 1796041279343, 1796041279541);
INSERT INTO "audit_entries" VALUES (1, 1796041278889, 'users.register', 'ok', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-1', NULL, 'cefd185fc69edbff1da67fc867052edec6e6f7eb5bbb68f7be7340624c73e1a7');
INSERT INTO "audit_entries" VALUES (2, 1796041279135, 'users.login', 'ok', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-2', NULL, '00af71cea99ea1a0efef482e3357c9ce4051fccf87cd2063d6be35764cddcbdb');
INSERT INTO "audit_entries" VALUES (3, 1796041279224, 'users.login', 'ok', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-3', NULL, 'ec8498894478fc8a219757f72ee9616315060f436a0d354f6134859d307d98d6');
INSERT INTO "audit_entries" VALUES (4, 1796041279267, 'users.logout', 'ok', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-4', NULL, '7ad2d54fcb686d96049879195e1491d28f7cef0b85d65fb3f43600df3e9449cd');
INSERT INTO "audit_entries" VALUES (5, 1796041279290, 'users.login', 'ok', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-5', NULL, 'fcaa704ee48b744a4de533063ff997b1145085c02404738ef52787b9189363ed');
INSERT INTO "audit_entries" VALUES (6, 1796041279319, 'auth.register', 'ok', 'd892e1aa-a257-4a79-8838-ca26022b9692', 'd892e1aa-a257-4a79-8838-ca26022b9692', '127.0.0.1', 'node', 'ywPnbBkn-7', NULL, '2f600759dad4cf51fd5fc76056f27fc75af49692a5d2f7cb7f0007a8dae7cf07');
INSERT INTO "audit_entries" VALUES (7, 1796041279327, 'users.login', 'INVALID_CREDENTIALS', 'anonymous', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', '127.0.0.1', 'node', 'ywPnbBkn-8', NULL, '9f35e0203c54a0058c616cd0623fd957b238b1063de3ca0b723542f99db125fa');
INSERT INTO "audit_entries" VALUES (8, 1796041279345, 'users.register', 'ok', '1620f0eb-cf0c-407c-88c0-29fef2e56646', '1620f0eb-cf0c-407c-88c0-29fef2e56646', '127.0.0.1', 'node', 'ywPnbBkn-a', NULL, 'd791f35679bdf6b1c654cc5611883f3e5a4db75c97d162604b175caf5674032c');
INSERT INTO "audit_entries" VALUES (9, 1796041279547, 'admin.users.disable', 'ok', 'operator', '1620f0eb-cf0c-407c-88c0-29fef2e56646', NULL, NULL, NULL, NULL, '8ab7d908b550a3875621765f93b4ec7222302fbd85c53c3fb80031a54248264c');
INSERT INTO "audit_entries" VALUES (10, 1796041279981, 'admin.users.update', 'ok', 'operator', 'd892e1aa-a257-4a79-8838-ca26022b9692', NULL, NULL, NULL, '{"fields":["role"],"role":"admin"}', 'e8c56e88c4cafbb08e042e11aefa8300b84fbff509b3f2e2468268e81016e436');
INSERT INTO "audit_entries" VALUES (11, 1796041280256, 'keys.rotate', 'ok', 'operator', NULL, NULL, NULL, NULL, NULL, '494c1b3e24f0c6e29818118646b1940fe6469dc37df1b54e50252adff9af6a43');
INSERT INTO "signing_keys" VALUES ('puaD9uM_ED38LGsJRELs1JJt_7HMpZPFpBh6Yrhh1lY', '{"kty":"EC","x":"j4nsB9Lrl56Eu-Ke7S_8uzZa-RD0dym8gZW4bhntRSU","y":"SqyONIeBP4KnlaAa2B6OyarUpJrxhS_RR8EBVA6fvYk","crv":"P-256","d":"R2T-PrMCdhd-raH4vhBdiVovFmEkDaT2TAAS7YjfYz8"}', 1796041278923);
INSERT INTO "signing_keys" VALUES ('mr6GiSdTYGWCcEyzqX46IlTWLuw4VokeLYF-jocNPrw', '{"kty":"EC","x":"rprjWnTCGjPyc5zuhyPxFDoPZKx7kYjt3ZwkdqWnfMw","y":"FSI8t0jc_Mz5D9poGeWElC9RYnfk7VtWlJZ9j87so5Y","crv":"P-256","d":"EveIOWVCrBS_y1ON9vSqrUWLvGoAPffAD5V3UBcCRQQ"}', 1796041280249);
INSERT INTO "guesses" VALUES ('pd-FoZS-34VyeuJYH8YxUMzwHmld3ljXEqkDcbwoyYw', 3, 1796044878831);
INSERT INTO "guesses" VALUES ('RB6yajL13SshVATx0HSk_hQwV7i80RiwXfY1oAX09cI', 1, 1796042178919);
INSERT INTO "guesses" VALUES ('14XGh7_-habmO2KryNuQjXh7r3QI4uwT9LWVRlNoArc', 1, 1796042178919);
INSERT INTO "guesses" VALUES ('UBVKAsS0mSdPU_Ox393Bu5vYQf9mXoPtAe_StWeGlWA', 0, 1796042178919);
INSERT INTO "guesses" VALUES ('_Nj_1IiDBbGeq59KtyCxdMJgYngB3J59_DT_qgib4dU', 1, 1796044879331);
INSERT INTO "guesses" VALUES ('F6ME07PrdUcP8QK9PzP2QCgO6eUEOZWHsrAAYeN7Goo', 1, 1796044879331);
INSERT INTO "known_places" VALUES ('4sjmhcfd21Qv16C59jmSYfDxlrgQFnVrttnrCl37vRs', 'Mqrl_2N9V-1QNdql4irvDohYc5qnNVQkY6b4oDfsUNQ', 1803817278919);
INSERT INTO "mails" VALUES ('01a22c67-05a6-7ad3-a537-7e847795e0ac', 'san@example.com', 'san@example.com', 'verifyAddress', 'en', '{"link":"http://localhost:3000/verification#secret=zAnjWAOFxyD3GnKSjud9Dh4NPoBGNbv7b_ikrFU0CY8","hours":"24"}', 'kept', 1, NULL, 1796041278886, 1796041400076, 1796127680085, NULL);
INSERT INTO "mails" VALUES ('01a22c67-0756-79ac-bee9-b8ab30c0b970', 'li@example.com', 'li@example.com', 'verifyAddress', 'en', '{"link":"http://localhost:3000/verification#secret=TGoAHagB7V1OnMEAaK0XHV1AZFoDx15aIbIzk7e5YCI","hours":"24"}', 'kept', 1, NULL, 1796041279318, 1796041400076, 1796127680085, NULL);
INSERT INTO "mails" VALUES ('01a22c67-0764-7250-a9d0-c929f373e84e', 'san@example.com', 'san@example.com', 'passwordRecovery', 'en', '{"link":"http://localhost:3000/recovery#secret=DZoFobJYTMm0Oh5zVS1lgE8ZEQb70C7Fnf8JIGs8ms8","minutes":"30"}', 'kept', 1, NULL, 1796041279332, 1796041400076, 1796043080085, NULL);
INSERT INTO "secrets" VALUES ('zCn7IlXQCgg_UjH95c55VWxshlpbj0DX3w1NRY5C6jo', 'verification', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', 0, 'san@example.com', 1796127680085);
INSERT INTO "secrets" VALUES ('Gx3BQ9cPHfnVKBRltXjrR8fLAGsVTR88Qmx-rwY_hfc', 'verification', 'd892e1aa-a257-4a79-8838-ca26022b9692', 1, 'li@example.com', 1796127680085);
INSERT INTO "secrets" VALUES ('1nz0B9zvEwL_DuDYQYPg7QzFnSXMtgsF2-4LlM0gEDs', 'recovery', '85ea9ebe-9cb8-499f-9bb1-ce85555cedc6', 0, 'san@example.com', 1796043080085);
INSERT INTO "revocations" VALUES ('01a22c67-06f7-781e-b625-ef60db9c19b9', 1796041279261, 1796646079000, NULL, NULL);
INSERT INTO "revocations" VALUES ('01a22c67-0739-7de5-8d99-01e84b0080bb', 1796041279297, 1796646079000, NULL, NULL);
INSERT INTO "revocations" VALUES ('01a22c67-0755-73ff-bc0b-8dd14b210b4c', 1796041279979, 1796646079000, NULL, NULL);
INSERT INTO "sessions" VALUES ('01a22c67-05ca-7507-9ced-ad559a6188ab', 1, 0, '01a22c67-05ca-7eb1-b956-420a2225214e', 1796646078000, 1796041278922, 1796041278922, 1796041278922, 'node', '127.0.0.1', 1798633278922, 0, NULL, 0);
INSERT INTO "sessions" VALUES ('01a22c67-06f7-781e-b625-ef60db9c19b9', 1, 0, '01a22c67-06f7-72db-9a66-0dbc607853be', 1796646079000, 1796041279223, 1796041279223, 1796041279223, 'node', '127.0.0.1', 1798633279223, 0, 1796041279261, 0);
INSERT INTO "sessions" VALUES ('01a22c67-0739-78b9-9f01-3a2c36598a01', 1, 0, '01a22c67-0741-7550-8691-7957df853f6a', 1796646079000, 1796041279289, 1796041279297, 1796041279289, 'node', '127.0.0.1', 1798633279289, 0, NULL, 0);
INSERT INTO "sessions" VALUES ('01a22c67-0755-73ff-bc0b-8dd14b210b4c', 2, 0, '01a22c67-0755-73a6-a177-b810f558a71e', 1796646079000, 1796041279317, 1796041279317, 1796041279317, 'node', '127.0.0.1', 1798633279317, 0, 1796041279979, 0);
INSERT INTO "account_changes" VALUES (1, 8);
INSERT OR REPLACE INTO "sqlite_sequence" VALUES ('users', 3);
INSERT OR REPLACE INTO "sqlite_sequence" VALUES ('user_info', 3);
CREATE UNIQUE INDEX `user_info_user_id_unique` ON `user_info` (`user_id`);
CREATE UNIQUE INDEX `users_uuid_unique` ON `users` (`uuid`);
CREATE UNIQUE INDEX `users_email_key_unique` ON `users` (`email_key`);
CREATE UNIQUE INDEX `users_username_key_unique` ON `users` (`username_key`);
CREATE INDEX `users_created_at` ON `users` (`created_at`);
CREATE INDEX `users_admins` ON `users` (`created_at`) WHERE role = 'admin';
CREATE INDEX `users_disabled` ON `users` (`created_at`) WHERE disabled = 1;
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor`);
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject`);
CREATE INDEX `guesses_ends_at` ON `guesses` (`ends_at`);
CREATE INDEX `known_places_owner_id` ON `known_places` (`owner_id`);
CREATE INDEX `known_places_ends_at` ON `known_places` (`ends_at`);
CREATE INDEX `mails_open` ON `mails` (`due_at`) WHERE state in ('asked', 'waiting');
CREATE INDEX `mails_recipient` ON `mails` (`recipient_key`) WHERE state in ('asked', 'waiting');
CREATE INDEX `mails_shown` ON `mails` (`expires_at`) WHERE state in ('kept', 'failed') and filling is not null;
CREATE INDEX `mails_created_at` ON `mails` (`created_at`);
CREATE UNIQUE INDEX `secrets_user_purpose` ON `secrets` (`user_uuid`,`purpose`);
CREATE INDEX `secrets_expires_at` ON `secrets` (`expires_at`);
CREATE INDEX `revocations_ends_at` ON `revocations` (`ends_at`);
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`);
CREATE INDEX `sessions_token_ends_at` ON `sessions` (`token_ends_at`);
CREATE INDEX `imports_by_start` ON `imports` (`started_at`);
CREATE TRIGGER `users_insert_counted` AFTER INSERT ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER `users_update_counted` AFTER UPDATE ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER `users_delete_counted` AFTER DELETE ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER `user_info_insert_counted` AFTER INSERT ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER `user_info_update_counted` AFTER UPDATE ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER `user_info_delete_counted` AFTER DELETE ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
    WHEN OLD.number > coalesce((SELECT number FROM audit_checkpoint), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_checkpoint_remains BEFORE DELETE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_checkpoint_advances BEFORE UPDATE ON audit_checkpoint
    WHEN NEW.number <= OLD.number
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
