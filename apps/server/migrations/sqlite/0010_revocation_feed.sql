CREATE TABLE `changes` (
	`n` integer PRIMARY KEY NOT NULL,
	`tag` integer NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `changes_id` ON `changes` (`id`);
--> statement-breakpoint
INSERT INTO `changes` (`n`, `tag`, `kind`, `id`, `at`) VALUES (1, abs(random() % 2147483647), 'r', '', 0);
--> statement-breakpoint
CREATE TRIGGER `sessions_revoked_noted` AFTER UPDATE OF `revoked_at` ON `sessions`
WHEN OLD.`revoked_at` IS NULL AND NEW.`revoked_at` IS NOT NULL
BEGIN
	INSERT INTO `changes` (`tag`, `kind`, `id`, `at`)
	VALUES (abs(random() % 2147483647), 'r', NEW.`id`, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
--> statement-breakpoint
CREATE TRIGGER `sessions_deleted_noted` AFTER DELETE ON `sessions`
WHEN OLD.`revoked_at` IS NULL AND OLD.`token_ends_at` > unixepoch('subsec') * 1000
BEGIN
	INSERT INTO `changes` (`tag`, `kind`, `id`, `at`)
	VALUES (abs(random() % 2147483647), 'r', OLD.`id`, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
--> statement-breakpoint
CREATE TRIGGER `users_ending_noted` AFTER UPDATE OF `session_epoch`, `disabled` ON `users`
WHEN NEW.`session_epoch` > OLD.`session_epoch` OR NEW.`disabled` > OLD.`disabled`
BEGIN
	INSERT INTO `changes` (`tag`, `kind`, `id`, `at`)
	SELECT abs(random() % 2147483647), 'r', `id`, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM `sessions`
	WHERE `user_id` = NEW.`id` AND `revoked_at` IS NULL AND `epoch` >= OLD.`session_epoch`
		AND (NEW.`disabled` > OLD.`disabled` OR `epoch` < NEW.`session_epoch`);
END;
--> statement-breakpoint
CREATE TRIGGER `sessions_kept_noted` AFTER UPDATE OF `epoch` ON `sessions`
WHEN NEW.`epoch` > OLD.`epoch` AND NEW.`revoked_at` IS NULL
BEGIN
	DELETE FROM `changes` WHERE `kind` = 'r' AND `id` = NEW.`id`;
END;
