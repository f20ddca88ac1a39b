CREATE INDEX "changes_ended" ON "changes" USING btree ("n") WHERE kind = 'r';
--> statement-breakpoint
-- The beginning of the feed: a cursor always has a row.
INSERT INTO changes (n, tag, kind, id, at) VALUES (nextval('changes_n'), (random() * 2147483647)::integer, 'r', '', 0);
--> statement-breakpoint
CREATE FUNCTION latchkey_note_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids) VALUES ('r', ARRAY[NEW.id]);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids)
    SELECT 'r', array_agg(id) FROM old_rows
    WHERE revoked_at IS NULL AND token_ends_at > extract(epoch from clock_timestamp()) * 1000
    HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids)
    SELECT 'r', array_agg(id) FROM sessions
    WHERE revoked_at IS NULL AND token_ends_at > extract(epoch from clock_timestamp()) * 1000
    HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_endings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows (kind, ids)
    SELECT 'r', array_agg(sessions.id)
    FROM old_rows JOIN new_rows ON new_rows.id = old_rows.id JOIN sessions ON sessions.user_id = old_rows.id
    WHERE (new_rows.session_epoch > old_rows.session_epoch OR new_rows.disabled > old_rows.disabled)
      AND sessions.revoked_at IS NULL AND sessions.epoch >= old_rows.session_epoch
    HAVING count(*) > 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Only where this column is set: exchanges of tokens do not set it, and pay nothing.
CREATE TRIGGER sessions_revoked_noted AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION latchkey_note_revoked();
--> statement-breakpoint
CREATE TRIGGER sessions_ending_noted AFTER DELETE ON sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_deleted();
--> statement-breakpoint
CREATE TRIGGER sessions_truncated_noted BEFORE TRUNCATE ON sessions
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_truncated();
--> statement-breakpoint
CREATE TRIGGER users_ending_noted AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_endings();
