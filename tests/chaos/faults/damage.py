"""Damage to a good run, and the rules that the auditor must find broken: these, and no others."""

# ruff: noqa: S608 — statements of constants

from typing import Any

from service.ids import new_id, to_wire

SUCCEEDED = "(SELECT id FROM jobs WHERE state = 'succeeded' AND kind = 'generation' ORDER BY id LIMIT 1)"
CANCELED = "(SELECT id FROM jobs WHERE state = 'canceled')"
EXPIRED = "(SELECT id FROM jobs WHERE state = 'expired')"
FREE_USAGE = "ALTER TABLE usage DROP CONSTRAINT usage_pkey; INSERT INTO usage SELECT * FROM usage LIMIT 1"
AN_ARTIFACT = "INSERT INTO artifacts (id, tenant_id, kind, job_id, object_key, media_type, bytes, sha256, details)"

TABLES: dict[str, tuple[str, set[str]]] = {
    "a job is gone": (f"DELETE FROM jobs WHERE id = {CANCELED}", {"lost", "webhook_unknown"}),
    "a job does not end": (
        f"UPDATE jobs SET ended_at = NULL, state = 'paused' WHERE id = {CANCELED}",
        {"not_ended", "counters", "cancel_ignored", "ended_twice", "webhook_wrong"},
    ),
    "a job ends and keeps its lease": (
        f"UPDATE jobs SET lease_until = now() WHERE id = {SUCCEEDED}",
        {"lease_left"},
    ),
    "an event is lost": (f"DELETE FROM job_events WHERE job_id = {SUCCEEDED} AND seq = 2", {"event_gap"}),
    "the last event is lost": (
        f"DELETE FROM job_events WHERE job_id = {SUCCEEDED} AND type = 'succeeded'",
        {"event_gap", "terminal_events"},
    ),
    "a job ends twice": (
        f"""INSERT INTO job_events (job_id, seq, tenant_id, type, data)
            SELECT id, event_seq + 1, tenant_id, 'failed', '{{}}' FROM jobs WHERE id = {SUCCEEDED};
            UPDATE jobs SET event_seq = event_seq + 1 WHERE id = {SUCCEEDED}""",
        {"terminal_events", "webhook_wrong"},
    ),
    "a job is billed twice": (FREE_USAGE, {"usage_doubled"}),
    "a job is billed for nothing": (
        f"""INSERT INTO usage (job_id, tenant_id, kind, device_seconds)
            SELECT id, tenant_id, kind, 1 FROM jobs WHERE id = {EXPIRED}""",
        {"usage_unearned"},
    ),
    "a success is not billed": (f"DELETE FROM usage WHERE job_id = {SUCCEEDED}", {"usage_missing"}),
    "another job's kind is billed": (
        f"UPDATE usage SET kind = 'fine_tune' WHERE job_id = {SUCCEEDED}",
        {"usage_wrong"},
    ),
    "a counter is off": ("UPDATE tenant_loads SET pending = pending + 1", {"counters"}),
    "a stale token's object is visible": (
        f"""{AN_ARTIFACT} SELECT gen_random_uuid(), tenant_id, 'picture', id,
            'tenants/x/jobs/' || replace(id::text, '-', '') || '/1/x', '', 0, '', '{{}}' FROM jobs
            WHERE id = {SUCCEEDED}""",
        {"stale_artifact", "result_without_artifact", "artifact_without_object"},
    ),
    "another job's object is visible": (
        f"""UPDATE artifacts SET object_key = replace(object_key, '/jobs/', '/jobs/0')
            WHERE job_id = {SUCCEEDED} AND kind = 'picture'""",
        {"stale_artifact", "result_without_artifact", "artifact_without_object", "orphan"},
    ),
    "a training's state outlives it": (
        f"""{AN_ARTIFACT} SELECT gen_random_uuid(), tenant_id, 'training_state', job_id, object_key || 'x', '', 0, '',
            '{{}}' FROM artifacts WHERE job_id = {SUCCEEDED}""",
        {"state_left", "stale_artifact", "artifact_without_object"},
    ),
    "a result lacks a picture": (
        f"DELETE FROM artifacts WHERE job_id = {SUCCEEDED}",
        {"result_without_artifact", "orphan"},
    ),
    "a result lacks its shift": (
        "DELETE FROM shifts WHERE id = (SELECT id FROM shifts ORDER BY id DESC LIMIT 1)",
        {"result_without_artifact"},
    ),
    "what failed has a result": (
        f"UPDATE jobs SET result = '{{}}' WHERE id = {CANCELED}",
        {"result_of_no_success"},
    ),
    "an object is not what its row says": (
        f"UPDATE artifacts SET sha256 = '' WHERE job_id = {SUCCEEDED}",
        {"object_differs"},
    ),
    "an object waits to be deleted": (
        "INSERT INTO pending_deletions (object_key) VALUES ('x')",
        {"pending_deletion_left"},
    ),
    "a batch has a line too few": (
        "UPDATE jobs SET batch_id = NULL WHERE custom_id = 'line 1'",
        {"max_batch_lines"},
    ),
    "a batch does not end": ("UPDATE batches SET ended_at = NULL", {"not_ended", "webhook_wrong"}),
    "a deadline is not heeded": (
        f"UPDATE jobs SET expires_at = started_at - interval '1 s' WHERE id = {SUCCEEDED}",
        {"started_late"},
    ),
    "a job expires that has started": (
        f"UPDATE jobs SET started_at = now() WHERE id = {EXPIRED}",
        {"expired_wrongly", "started_late"},
    ),
    "a job fails without an excuse": (
        """UPDATE jobs SET error = '{"code": "internal"}' WHERE state = 'failed'""",
        {"failed"},
    ),
    "an end is not told": (
        f"DELETE FROM webhook_deliveries WHERE job_id = {SUCCEEDED}",
        {"webhook_untold", "webhook_unknown"},
    ),
    "an end is told twice": (
        f"""INSERT INTO webhook_deliveries (id, tenant_id, endpoint_id, job_id, seq, type, payload, state)
            SELECT gen_random_uuid(), tenant_id, endpoint_id, job_id, 99, type, payload, 'dead'
            FROM webhook_deliveries WHERE job_id = {SUCCEEDED}""",
        {"webhook_doubled"},
    ),
    "another end is told": (
        f"UPDATE webhook_deliveries SET type = 'job.failed' WHERE job_id = {SUCCEEDED}",
        {"webhook_wrong"},
    ),
    "a webhook still waits": (
        f"UPDATE webhook_deliveries SET state = 'pending' WHERE job_id = {SUCCEEDED}",
        {"webhook_undelivered"},
    ),
    "a webhook's endpoint is gone": (
        "DELETE FROM webhook_endpoints",
        {"lost", "webhook_unknown"},
    ),
}

JOURNAL: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a job that nobody has": ({"what": "job", "key": "new", "id": to_wire("job", new_id())}, {"lost"}),
    "a batch that nobody has": ({"what": "batch", "key": "new", "id": to_wire("bat", new_id()), "lines": {}}, {"lost"}),
    "a webhook that nobody has": ({"what": "webhook endpoint", "key": "new", "id": to_wire("whk", new_id())}, {"lost"}),
    "an answer that nobody expects": ({"what": "unexpected", "status": 500, "body": None}, {"unexpected_answer"}),
    "a client that gave up": ({"what": "gave up", "call": "POST"}, {"gave_up"}),
    "a client that broke": ({"what": "client broke", "error": "KeyError()"}, {"client_broke"}),
    "a run that took too long": ({"what": "out of time", "errands": 3}, {"out_of_time"}),
}
