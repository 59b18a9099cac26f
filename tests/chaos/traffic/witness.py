"""A witness in the database: every move of every job, with the token before and after, written by a trigger.

It belongs to the test. What it saw is what happened, since it is committed with the move or not at all.
"""

import psycopg

SCHEMA = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.moves (
    n bigserial PRIMARY KEY,
    job_id uuid NOT NULL,
    old_state text,
    state text NOT NULL,
    old_token bigint,
    token bigint,
    worker text,
    attempt integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON chaos.moves (job_id, n);
CREATE FUNCTION chaos.note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = chaos, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO chaos.moves (job_id, state, token, worker, attempt)
        VALUES (NEW.id, NEW.state, NEW.token, NEW.worker, NEW.attempt);
    ELSIF (NEW.state, NEW.token) IS DISTINCT FROM (OLD.state, OLD.token) THEN
        INSERT INTO chaos.moves (job_id, old_state, state, old_token, token, worker, attempt)
        VALUES (NEW.id, OLD.state, NEW.state, OLD.token, NEW.token, coalesce(NEW.worker, OLD.worker), NEW.attempt);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON public.jobs FOR EACH ROW EXECUTE FUNCTION chaos.note();
"""


def install(owner: psycopg.Connection) -> None:
    """From now on it watches; once a database."""
    owner.execute(SCHEMA)
    owner.commit()
