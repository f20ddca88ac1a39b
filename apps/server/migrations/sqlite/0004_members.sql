CREATE TABLE `invitations` (
	`uuid` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`role` text NOT NULL,
	`language` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_email_key_unique` ON `invitations` (`email_key`);--> statement-breakpoint
CREATE INDEX `invitations_expires_at` ON `invitations` (`expires_at`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_uuid` text NOT NULL,
	`epoch` integer NOT NULL,
	`email` text NOT NULL,
	`session_id` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `__new_secrets`("hash", "purpose", "user_uuid", "epoch", "email", "session_id", "expires_at") SELECT "hash", "purpose", "user_uuid", "epoch", "email", NULL, "expires_at" FROM `secrets`;--> statement-breakpoint
DROP TABLE `secrets`;--> statement-breakpoint
ALTER TABLE `__new_secrets` RENAME TO `secrets`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `secrets_user_purpose` ON `secrets` (`user_uuid`,`purpose`);--> statement-breakpoint
CREATE INDEX `secrets_expires_at` ON `secrets` (`expires_at`);--> statement-breakpoint
CREATE INDEX `secrets_session_id` ON `secrets` (`session_id`);--> statement-breakpoint
DROP INDEX `mails_recipient`;--> statement-breakpoint
ALTER TABLE `mails` ADD `about` text;--> statement-breakpoint
CREATE INDEX `mails_about` ON `mails` (`about`);--> statement-breakpoint
CREATE INDEX `mails_recipient` ON `mails` (`recipient_key`);