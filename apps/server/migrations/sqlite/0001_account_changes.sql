CREATE TABLE `account_changes` (
	`id` integer PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `account_changes` (`id`, `count`) VALUES (1, 0);
--> statement-breakpoint
CREATE TRIGGER `users_insert_counted` AFTER INSERT ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `users_update_counted` AFTER UPDATE ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `users_delete_counted` AFTER DELETE ON `users` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `user_info_insert_counted` AFTER INSERT ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `user_info_update_counted` AFTER UPDATE ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `user_info_delete_counted` AFTER DELETE ON `user_info` BEGIN UPDATE `account_changes` SET `count` = `count` + 1; END;
