CREATE SEQUENCE changes_n;
--> statement-breakpoint
INSERT INTO changes (n, tag, kind, id) VALUES (nextval('changes_n'), (random() * 2147483647)::integer, '-', '');
--> statement-breakpoint
-- Not the table's own: that would be unlogged as well, and PostgreSQL 15 leaves such a sequence unreadable on a standby
-- that is promoted.
CREATE SEQUENCE changed_rows_n;
--> statement-breakpoint
-- What the transactions under way have changed: one row for each statement, until the transaction commits.
CREATE UNLOGGED TABLE changed_rows (
  number bigint DEFAULT nextval('changed_rows_n') PRIMARY KEY,
  kind char(1) NOT NULL,
  ids text[] NOT NULL
);
--> statement-breakpoint
CREATE FUNCTION latchkey_note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Taken before the number: numbers become visible in their order, because a commit is visible before its locks are free.
  PERFORM pg_advisory_xact_lock(7103);
  IF NEW.kind = 'r' THEN
    -- A session that was carried over into its account's new epoch has not ended.
    INSERT INTO changes (n, tag, kind, id)
      SELECT nextval('changes_n'), (random() * 2147483647)::integer, 'r', ended.id FROM unnest(NEW.ids) AS ended(id)
      WHERE NOT EXISTS (
        SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = ended.id AND revoked_at IS NULL AND epoch = session_epoch AND NOT disabled
      );
  ELSE
    INSERT INTO changes (n, tag, kind, id)
      SELECT nextval('changes_n'), (random() * 2147483647)::integer, NEW.kind, id FROM unnest(NEW.ids) AS id;
  END IF;
  DELETE FROM changed_rows WHERE number = NEW.number;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- At the commit: so a transaction takes this lock last, whatever it changes, and holds it only while it commits.
CREATE CONSTRAINT TRIGGER changed_rows_noted AFTER INSERT ON changed_rows
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION latchkey_note_changes();
--> statement-breakpoint
CREATE FUNCTION latchkey_note_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids) SELECT 's', array_agg(id) FROM old_rows HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids) SELECT 'a', array_agg(uuid) FROM old_rows HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_user_info() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids)
    SELECT 'a', array_agg(users.uuid) FROM old_rows JOIN users ON users.id = old_rows.user_id HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids) VALUES (TG_ARGV[0]::char(1), ARRAY['']);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER sessions_update_noted AFTER UPDATE ON sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_sessions();
--> statement-breakpoint
CREATE TRIGGER sessions_delete_noted AFTER DELETE ON sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_sessions();
--> statement-breakpoint
CREATE TRIGGER sessions_truncate_noted AFTER TRUNCATE ON sessions
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_all('s');
--> statement-breakpoint
CREATE TRIGGER users_update_noted AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_users();
--> statement-breakpoint
CREATE TRIGGER users_delete_noted AFTER DELETE ON users REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_users();
--> statement-breakpoint
CREATE TRIGGER users_truncate_noted AFTER TRUNCATE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_all('a');
--> statement-breakpoint
CREATE TRIGGER user_info_update_noted AFTER UPDATE ON user_info REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_user_info();
--> statement-breakpoint
CREATE TRIGGER user_info_delete_noted AFTER DELETE ON user_info REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_user_info();
--> statement-breakpoint
CREATE TRIGGER user_info_truncate_noted AFTER TRUNCATE ON user_info
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_all('a');
--> statement-breakpoint
INSERT INTO account_keys (id, form) VALUES (1, 1);
