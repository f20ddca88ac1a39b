ALTER TABLE `imports` ADD `keep_admins` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `imports` ADD `format` text DEFAULT '' NOT NULL;