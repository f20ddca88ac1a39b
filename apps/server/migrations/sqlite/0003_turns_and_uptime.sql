ALTER TABLE `guesses` ADD `era` text;--> statement-breakpoint
ALTER TABLE `guesses` ADD `begun_uptime` integer;--> statement-breakpoint
ALTER TABLE `mails` ADD `asked_from` text DEFAULT '-' NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_turn` ON `mails` (`template`,`asked_from`,`due_at`) WHERE state in ('asked', 'waiting');