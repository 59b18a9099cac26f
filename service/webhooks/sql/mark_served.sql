-- These endpoints have had their turn: the next claim begins with those that wait longer.
UPDATE webhook_endpoints SET served_at = clock_timestamp() WHERE id = ANY (:ids)
