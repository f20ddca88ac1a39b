CREATE TABLE `account_keys` (
	`id` integer PRIMARY KEY NOT NULL,
	`form` integer NOT NULL
);

--> statement-breakpoint
INSERT INTO `account_keys` (`id`, `form`) SELECT 1, NOT EXISTS (SELECT 1 FROM `users`);
