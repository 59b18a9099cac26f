-- Lease the oldest due delivery of each locked endpoint. What is due and what is under way is counted again, as in
-- lock_receivers.sql: until the locks were had, another claim may have committed, and only a new statement sees that.
WITH due AS MATERIALIZED (
    SELECT first.id
    FROM webhook_endpoints e CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id
          AND d.state = 'pending' AND d.next_at <= now() AND (d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.next_at, d.id LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED
    ) first
    WHERE e.id = ANY (:ids)
      AND (SELECT count(*) FROM webhook_deliveries u WHERE u.endpoint_id = e.id AND u.lease_until > now())
          < CASE WHEN e.failures >= :breaker_failures THEN 1 ELSE :concurrency END
)
UPDATE webhook_deliveries d
SET token = nextval('fencing_tokens'), lease_until = clock_timestamp() + make_interval(secs => :lease_seconds)
FROM due
WHERE d.id = due.id
RETURNING d.id, d.token, d.endpoint_id, d.payload
