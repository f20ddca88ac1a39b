-- Appends entries to the chain. `ends` has what follows the time in the text that is hashed
-- (`audit/rules.ts`). An entry that was dated shortly before the one that it follows had to wait for its
-- turn, and gets that one's time.
CREATE FUNCTION latchkey_append_audit(
  times bigint[], ends text[], actions text[], outcomes text[], actors text[], subjects text[], addresses text[],
  user_agents text[], request_ids text[], all_details text[]
) RETURNS void LANGUAGE plpgsql
-- Planning this for each value would take longer than running it, and all others wait.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  last_number bigint;
  last_hash text;
  last_at bigint;
BEGIN
  -- By a statement of its own: the next one sees what was committed before the lock was free.
  PERFORM pg_advisory_xact_lock(7102);
  SELECT number, hash, at INTO last_number, last_hash, last_at FROM audit_entries ORDER BY number DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT number, hash INTO last_number, last_hash FROM audit_checkpoint;
  END IF;
  INSERT INTO audit_entries
    (number, at, action, outcome, actor, subject, address, user_agent, request_id, details, hash)
  WITH RECURSIVE chain (i, number, hash, at) AS (
    SELECT 0, coalesce(last_number, 0), coalesce(last_hash, repeat('0', 64)), last_at
    UNION ALL
    SELECT i + 1, number + 1, encode(sha256(convert_to(
      '["' || hash || '",' || number + 1 || ',' || dated.at || ',' || ends[i + 1], 'UTF8')), 'hex'), dated.at
    FROM chain CROSS JOIN LATERAL (SELECT
      CASE WHEN chain.at - times[i + 1] BETWEEN 1 AND 5000 THEN chain.at ELSE times[i + 1] END) AS dated (at)
    WHERE i < cardinality(times)
  )
  SELECT chain.number, chain.at, action, outcome, actor, subject, address, user_agent, request_id, details, chain.hash
  FROM chain JOIN unnest(actions, outcomes, actors, subjects, addresses, user_agents, request_ids, all_details)
    WITH ORDINALITY AS event (action, outcome, actor, subject, address, user_agent, request_id, details, i) USING (i)
  ORDER BY i;
END $$;
