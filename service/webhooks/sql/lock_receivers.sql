-- The endpoints that something is due for and that may be sent more, the one that waits longest first. Their rows are
-- locked until the commit; the lock lets the outbox pass, which only writes rows that refer to them.
-- An endpoint whose breaker is open (that many failures in a row) gets one delivery at a time, the probe.
SELECT e.id, e.url, e.failures, e.secret,
       CASE WHEN e.old_secret_until > now() THEN e.old_secret END AS old_secret
FROM webhook_endpoints e
WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
  AND (e.failures = 0) = :healthy
  AND EXISTS (
      SELECT FROM webhook_deliveries d
      WHERE d.endpoint_id = e.id
        AND d.state = 'pending' AND d.next_at <= now() AND (d.lease_until IS NULL OR d.lease_until <= now())
  )
  AND (SELECT count(*) FROM webhook_deliveries u WHERE u.endpoint_id = e.id AND u.lease_until > now())
      < CASE WHEN e.failures >= :breaker_failures THEN 1 ELSE :concurrency END
ORDER BY e.served_at NULLS FIRST, e.id
LIMIT :most
FOR NO KEY UPDATE SKIP LOCKED
