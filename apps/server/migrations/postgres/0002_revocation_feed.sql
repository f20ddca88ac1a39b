CREATE INDEX "changes_ended" ON "changes" USING btree ("n") WHERE kind = 'r';--> statement-breakpoint
CREATE INDEX "changes_ended_id" ON "changes" USING btree ("id") WHERE kind = 'r';--> statement-breakpoint
-- The beginning of the feed: a cursor always has a row.
INSERT INTO changes (n, tag, kind, id, at) VALUES (nextval('changes_n'), (random() * 2147483647)::integer, 'r', '', 0);
--> statement-breakpoint
CREATE FUNCTION latchkey_note_ended(ids text[], ended_at bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(ids) = 0 THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(7103);
  INSERT INTO changes (n, tag, kind, id, at)
    SELECT nextval('changes_n'), (random() * 2147483647)::integer, 'r', ended, ended_at FROM unnest(ids) AS ended;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM latchkey_note_ended(ARRAY[NEW.id::text], NEW.revoked_at);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_ms bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint;
BEGIN
  PERFORM latchkey_note_ended(
    ARRAY(SELECT id::text FROM old_rows WHERE revoked_at IS NULL AND token_ends_at > now_ms),
    now_ms
  );
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_endings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM latchkey_note_ended(
    ARRAY(
      SELECT sessions.id::text
      FROM old_rows JOIN new_rows ON new_rows.id = old_rows.id JOIN sessions ON sessions.user_id = old_rows.id
      WHERE (new_rows.session_epoch > old_rows.session_epoch OR new_rows.disabled > old_rows.disabled)
        AND sessions.revoked_at IS NULL AND sessions.epoch >= old_rows.session_epoch
        AND (new_rows.disabled > old_rows.disabled OR sessions.epoch < new_rows.session_epoch)
    ),
    (extract(epoch from clock_timestamp()) * 1000)::bigint
  );
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM changes WHERE kind = 'r' AND id = NEW.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION latchkey_note_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_ms bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint;
BEGIN
  PERFORM latchkey_note_ended(
    ARRAY(SELECT id::text FROM sessions WHERE revoked_at IS NULL AND token_ends_at > now_ms),
    now_ms
  );
  RETURN NULL;
END $$;
--> statement-breakpoint
-- For the columns named only: exchanges of tokens do not set them, and pay nothing.
CREATE TRIGGER sessions_revoked_noted AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION latchkey_note_revoked();
--> statement-breakpoint
CREATE TRIGGER sessions_kept_noted AFTER UPDATE OF epoch ON sessions FOR EACH ROW
  WHEN (NEW.epoch > OLD.epoch AND NEW.revoked_at IS NULL) EXECUTE FUNCTION latchkey_note_kept();
--> statement-breakpoint
CREATE TRIGGER sessions_ending_noted AFTER DELETE ON sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_deleted();
--> statement-breakpoint
CREATE TRIGGER sessions_truncated_noted BEFORE TRUNCATE ON sessions
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_truncated();
--> statement-breakpoint
CREATE TRIGGER users_ending_noted AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION latchkey_note_endings();
