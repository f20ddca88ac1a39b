CREATE TABLE `audit_retention` (
	`id` integer PRIMARY KEY NOT NULL,
	`days` integer NOT NULL
);
