CREATE TABLE `user_info` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`first_name` text,
	`last_name` text,
	`phone_number` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_info_user_id_unique` ON `user_info` (`user_id`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `users_uuid_unique` ON `users` (`uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_key_unique` ON `users` (`email_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_key_unique` ON `users` (`username_key`);--> statement-breakpoint
CREATE INDEX `users_created_at` ON `users` (`created_at`);--> statement-breakpoint
CREATE INDEX `users_admins` ON `users` (`created_at`) WHERE role = 'admin';--> statement-breakpoint
CREATE INDEX `users_disabled` ON `users` (`created_at`) WHERE disabled = 1;--> statement-breakpoint
CREATE TABLE `audit_checkpoint` (
	`id` integer PRIMARY KEY NOT NULL,
	`number` integer NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor`);--> statement-breakpoint
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`private_jwk` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `guesses` (
	`id` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `guesses_ends_at` ON `guesses` (`ends_at`);--> statement-breakpoint
CREATE TABLE `known_places` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `known_places_owner_id` ON `known_places` (`owner_id`);--> statement-breakpoint
CREATE INDEX `known_places_ends_at` ON `known_places` (`ends_at`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `mails_open` ON `mails` (`due_at`) WHERE state in ('asked', 'waiting');--> statement-breakpoint
CREATE INDEX `mails_recipient` ON `mails` (`recipient_key`) WHERE state in ('asked', 'waiting');--> statement-breakpoint
CREATE INDEX `mails_shown` ON `mails` (`expires_at`) WHERE state in ('kept', 'failed') and filling is not null;--> statement-breakpoint
CREATE INDEX `mails_created_at` ON `mails` (`created_at`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_uuid` text NOT NULL,
	`epoch` integer NOT NULL,
	`email` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_uuid`) REFERENCES `users`(`uuid`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `secrets_user_purpose` ON `secrets` (`user_uuid`,`purpose`);--> statement-breakpoint
CREATE INDEX `secrets_expires_at` ON `secrets` (`expires_at`);--> statement-breakpoint
CREATE TABLE `revocations` (
	`id` text PRIMARY KEY NOT NULL,
	`revoked_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`key_hash` text,
	`sealed_successor` text
);
--> statement-breakpoint
CREATE INDEX `revocations_ends_at` ON `revocations` (`ends_at`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_token_ends_at` ON `sessions` (`token_ends_at`);--> statement-breakpoint
CREATE TABLE `import_refusals` (
	`import_id` text NOT NULL,
	`line` integer NOT NULL,
	`reason` text NOT NULL,
	PRIMARY KEY(`import_id`, `line`),
	FOREIGN KEY (`import_id`) REFERENCES `imports`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`line` integer NOT NULL,
	`imported` integer NOT NULL,
	`present` integer NOT NULL,
	`refused` integer NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `imports_by_start` ON `imports` (`started_at`);