ALTER TABLE `sessions` ADD `contested` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `sessions_contested` ON `sessions` (`user_id`) WHERE contested = 1;