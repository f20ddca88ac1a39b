ALTER TABLE `invitations` ADD `invited_by` text;--> statement-breakpoint
CREATE INDEX `invitations_invited_by` ON `invitations` (`invited_by`);--> statement-breakpoint
-- Who made the invitations that are open already is in the audit log; what is not is taken for the operator's.
UPDATE `invitations` SET `invited_by` = (SELECT nullif(`actor`, 'operator') FROM `audit_entries`
  WHERE `subject` = `invitations`.`uuid` AND `action` = 'admin.invitations.create' ORDER BY `number` DESC LIMIT 1);
