CREATE TABLE `audit_retention` (
	`id` integer PRIMARY KEY NOT NULL,
	`days` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `secrets` ADD `created_at` integer DEFAULT 0 NOT NULL;