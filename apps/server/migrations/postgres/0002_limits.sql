-- Whether a counter's window is open: the same decision as `isOpen` in `limits/rules.ts`.
CREATE FUNCTION latchkey_is_open(
  counter guesses, now_ms bigint, window_ends bigint, window_era text, window_begun bigint
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT counter.ends_at > now_ms
    AND CASE
      WHEN counter.era IS NULL OR window_era IS NULL OR counter.era <> window_era
        THEN counter.ends_at <= window_ends + 60000
      ELSE counter.ends_at <= window_ends + 5000 AND coalesce(
        window_begun - counter.begun_uptime < window_ends - now_ms, true)
    END
$$;
--> statement-breakpoint
-- The buckets of these that are full, in an open window.
CREATE FUNCTION latchkey_full(
  bucket_ids text[], bucket_limits bigint[], now_ms bigint, window_ends bigint, window_era text, window_begun bigint
) RETURNS TABLE (id text, ends_at bigint) LANGUAGE sql STABLE AS $$
  SELECT bucket.id, CASE WHEN counter.is_open THEN counter.ends_at ELSE window_ends END
  FROM unnest(bucket_ids, bucket_limits) AS bucket (id, most)
  LEFT JOIN LATERAL (
    SELECT guesses.count, guesses.ends_at,
      latchkey_is_open(guesses, now_ms, window_ends, window_era, window_begun) AS is_open
    FROM guesses WHERE guesses.id = bucket.id
  ) AS counter ON true
  WHERE CASE WHEN counter.is_open THEN counter.count ELSE 0 END >= bucket.most
$$;
--> statement-breakpoint
-- Counts one in each bucket of each take, or in none of a take if one of its buckets is full: the same
-- decision as `judgeTake` in `limits/rules.ts`. Bucket i belongs to the take with the number `takes[i]`; the
-- other arrays have one value for each take. Returns what was counted, and what is full.
CREATE FUNCTION latchkey_take(
  takes integer[], bucket_ids text[], bucket_limits bigint[],
  now_ms bigint[], window_ends bigint[], window_eras text[], window_begun bigint[]
) RETURNS TABLE (take integer, id text, ends_at bigint, is_full boolean) LANGUAGE plpgsql
-- Counters are found by their ids. Planning this for each value took longer than running it.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  each record;
  locked integer[] := '{}';
  is_any_refused boolean := false;
BEGIN
  -- Losing some counts in a power failure is better than waiting for the disk each time.
  PERFORM set_config('synchronous_commit', 'off', true);
  -- What is full already is refused without a lock, and without a write.
  FOR each IN
    SELECT bucket.take, array_agg(bucket.id) AS ids, array_agg(bucket.most) AS limits
    FROM unnest(takes, bucket_ids, bucket_limits) AS bucket (take, id, most) GROUP BY bucket.take
  LOOP
    RETURN QUERY SELECT each.take, found.id, found.ends_at, true FROM latchkey_full(each.ids, each.limits,
      now_ms[each.take], window_ends[each.take], window_eras[each.take], window_begun[each.take]) AS found;
    IF NOT FOUND THEN locked := locked || each.take; END IF;
  END LOOP;
  -- All others wait here. In the order of ids: two that share several counters never wait for each other.
  INSERT INTO guesses (id, count, ends_at)
    SELECT bucket.id, 0, 0 FROM unnest(takes, bucket_ids) AS bucket (take, id)
    WHERE bucket.take = ANY (locked) GROUP BY bucket.id ORDER BY bucket.id COLLATE "C"
    ON CONFLICT (id) DO UPDATE SET count = 0 WHERE false;
  FOR each IN
    SELECT bucket.take, array_agg(bucket.id) AS ids, array_agg(bucket.most) AS limits
    FROM unnest(takes, bucket_ids, bucket_limits) AS bucket (take, id, most)
    WHERE bucket.take = ANY (locked) GROUP BY bucket.take ORDER BY bucket.take
  LOOP
    RETURN QUERY SELECT each.take, found.id, found.ends_at, true FROM latchkey_full(each.ids, each.limits,
      now_ms[each.take], window_ends[each.take], window_eras[each.take], window_begun[each.take]) AS found;
    IF FOUND THEN
      is_any_refused := true;
      CONTINUE;
    END IF;
    UPDATE guesses SET count = guesses.count + 1
      WHERE guesses.id = ANY (each.ids) AND latchkey_is_open(guesses,
        now_ms[each.take], window_ends[each.take], window_eras[each.take], window_begun[each.take]);
    UPDATE guesses SET count = 1, ends_at = window_ends[each.take],
        era = window_eras[each.take], begun_uptime = window_begun[each.take]
      WHERE guesses.id = ANY (each.ids) AND NOT latchkey_is_open(guesses,
        now_ms[each.take], window_ends[each.take], window_eras[each.take], window_begun[each.take]);
    RETURN QUERY SELECT each.take, guesses.id, guesses.ends_at, false FROM guesses
      WHERE guesses.id = ANY (each.ids);
  END LOOP;
  IF is_any_refused THEN
    -- Its new counters were only made to be locked.
    DELETE FROM guesses WHERE guesses.id = ANY (bucket_ids) AND guesses.ends_at = 0;
  END IF;
END $$;
--> statement-breakpoint
-- Takes back what was counted in these windows, but never goes below zero.
CREATE FUNCTION latchkey_give_back(bucket_ids text[], window_ends bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM 1 FROM guesses WHERE id = ANY (bucket_ids) ORDER BY id FOR UPDATE;
  UPDATE guesses SET count = greatest(count - back.times, 0)
    FROM (SELECT counted.id, counted.ends_at, count(*) AS times
      FROM unnest(bucket_ids, window_ends) AS counted (id, ends_at) GROUP BY 1, 2) AS back
    WHERE guesses.id = back.id AND guesses.ends_at = back.ends_at;
END $$;
