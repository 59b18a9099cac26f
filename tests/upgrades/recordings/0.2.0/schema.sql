--
-- PostgreSQL database dump
--

\restrict recording

-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: claim_job(text, double precision, text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.claim_job(claimer text, lease_seconds double precision, warm text[]) RETURNS TABLE(job_id uuid, tenant_id uuid, kind text, spec jsonb, fingerprint text, attempt integer, token bigint, estimate_seconds double precision)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
    passed uuid[] := '{}';
    chosen uuid;
    allowed boolean;
    first jobs%ROWTYPE;
    warmed jobs%ROWTYPE;
    taken jobs%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(7340022);
    PERFORM set_config('lock_timeout', '500ms', true);
    moment := clock_timestamp();  -- after the wait for the lock: a lease is counted from the claim
    WHILE cardinality(passed) < 8 LOOP
        -- The tenant whose interrupted job has waited longest; else the one with the least served time for its weight.
        SELECT l.tenant_id INTO chosen
        FROM tenant_loads l
        WHERE l.running < l.max_running AND l.tenant_id <> ALL (passed)
          AND EXISTS (SELECT FROM jobs j WHERE j.tenant_id = l.tenant_id AND may_start(j, claimer, moment))
        ORDER BY (
            SELECT min(j.interrupted_at) FROM jobs j
            WHERE j.tenant_id = l.tenant_id AND j.interrupted_at IS NOT NULL AND may_start(j, claimer, moment)
        ), l.served_seconds / l.weight, l.tenant_id
        LIMIT 1;
        IF chosen IS NULL THEN
            RETURN;
        END IF;
        passed := passed || chosen;

        -- Its row, locked: the cap is exact. Not for longer than lock_timeout, since all claims wait for this one.
        BEGIN
            SELECT l.running < l.max_running INTO allowed FROM tenant_loads l WHERE l.tenant_id = chosen FOR UPDATE;
        EXCEPTION WHEN lock_not_available THEN
            allowed := false;
        END;
        CONTINUE WHEN allowed IS NOT TRUE;

        -- What was interrupted; else the most urgent, or what is up to five seconds less urgent and on a loaded base.
        SELECT * INTO first FROM jobs j
        WHERE j.tenant_id = chosen AND j.interrupted_at IS NOT NULL AND may_start(j, claimer, moment)
        ORDER BY j.interrupted_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF first.id IS NULL THEN
            SELECT * INTO first FROM jobs j
            WHERE j.tenant_id = chosen AND may_start(j, claimer, moment)
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        END IF;
        CONTINUE WHEN first.id IS NULL;
        taken := first;
        IF first.interrupted_at IS NULL AND first.fingerprint <> ALL (warm) THEN
            SELECT * INTO warmed FROM jobs j
            WHERE j.tenant_id = chosen AND may_start(j, claimer, moment)
              AND j.urgent_at <= first.urgent_at + interval '5 seconds' AND j.fingerprint = ANY (warm)
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF warmed.id IS NOT NULL THEN
                taken := warmed;
            END IF;
        END IF;

        -- The move to running, with its event and the charge by estimate: what transitions.move does for other moves.
        UPDATE jobs j SET
            state = 'running', attempt = j.attempt + 1, token = nextval('fencing_tokens'), worker = claimer,
            lease_until = moment + make_interval(secs => lease_seconds), claimed_at = moment,
            started_at = coalesce(j.started_at, moment), phase = 'loading', event_seq = j.event_seq + 1,
            avoided_worker = NULL, avoided_until = NULL, interrupted_at = NULL
        WHERE j.id = taken.id RETURNING j.* INTO taken;
        INSERT INTO job_events (job_id, seq, tenant_id, type, data)
        VALUES (taken.id, taken.event_seq, taken.tenant_id, 'running', jsonb_build_object('attempt', taken.attempt));
        UPDATE tenant_loads l SET
            running = l.running + 1,
            pending = l.pending - (taken.batch_id IS NULL)::integer,
            batch_pending = l.batch_pending - (taken.batch_id IS NOT NULL)::integer,
            served_seconds = l.served_seconds + taken.estimate_seconds
        WHERE l.tenant_id = taken.tenant_id;
        RETURN QUERY SELECT taken.id, taken.tenant_id, taken.kind::text, taken.spec, taken.fingerprint::text,
                            taken.attempt, taken.token, taken.estimate_seconds;
        RETURN;
    END LOOP;
END
$$;


--
-- Name: lowest_active_share(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.lowest_active_share() RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(min(served_seconds / weight), 0)
    FROM tenant_loads
    WHERE running + pending + batch_pending > 0
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.jobs (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind character varying NOT NULL,
    state character varying NOT NULL,
    spec jsonb NOT NULL,
    fingerprint character varying NOT NULL,
    result jsonb,
    error jsonb,
    phase character varying,
    step integer DEFAULT 0 NOT NULL,
    steps integer NOT NULL,
    event_seq integer DEFAULT 0 NOT NULL,
    estimate_seconds double precision NOT NULL,
    device_seconds double precision DEFAULT '0'::double precision NOT NULL,
    available_at timestamp with time zone DEFAULT now() NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    token bigint,
    worker character varying,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_at timestamp with time zone,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    priority character varying DEFAULT 'interactive'::character varying NOT NULL,
    urgent_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    avoided_worker character varying,
    avoided_until timestamp with time zone,
    interrupted_at timestamp with time zone,
    batch_id uuid,
    custom_id character varying,
    line integer,
    CONSTRAINT jobs_priority_check CHECK (((priority)::text = ANY ((ARRAY['interactive'::character varying, 'batch'::character varying, 'training'::character varying])::text[]))),
    CONSTRAINT jobs_state_check CHECK (((state)::text = ANY ((ARRAY['blocked'::character varying, 'queued'::character varying, 'running'::character varying, 'pausing'::character varying, 'paused'::character varying, 'canceling'::character varying, 'succeeded'::character varying, 'failed'::character varying, 'canceled'::character varying, 'expired'::character varying])::text[])))
);

ALTER TABLE ONLY public.jobs FORCE ROW LEVEL SECURITY;


--
-- Name: may_start(public.jobs, text, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.may_start(job public.jobs, claimer text, moment timestamp with time zone) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT job.state = 'queued' AND job.available_at <= moment
       AND (job.expires_at IS NULL OR job.expires_at > moment OR job.started_at IS NOT NULL)
       AND (job.avoided_worker IS DISTINCT FROM claimer OR job.avoided_until <= moment)
$$;


--
-- Name: queue_position(uuid, double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.queue_position(wanted uuid, alive_seconds double precision) RETURNS TABLE(ahead bigint, ahead_seconds double precision, workers bigint, running bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH waiting AS (
        SELECT j.id, j.tenant_id, j.estimate_seconds, j.interrupted_at,
               (l.served_seconds - j.estimate_seconds + sum(j.estimate_seconds) OVER own) / l.weight AS share
        FROM jobs j JOIN tenant_loads l ON l.tenant_id = j.tenant_id
        WHERE j.state = 'queued'
        WINDOW own AS (PARTITION BY j.tenant_id ORDER BY j.interrupted_at, j.urgent_at, j.id)
    ), mine AS (
        SELECT * FROM waiting
        WHERE id = wanted AND tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid
    ), before AS (
        SELECT count(*) AS ahead, coalesce(sum(w.estimate_seconds), 0) AS seconds
        FROM waiting w, mine m
        WHERE (coalesce(w.interrupted_at, 'infinity'), w.share, w.tenant_id)
            < (coalesce(m.interrupted_at, 'infinity'), m.share, m.tenant_id)
    ), busy AS (
        SELECT count(*) AS running,
               coalesce(sum(greatest(estimate_seconds - extract(epoch FROM clock_timestamp() - claimed_at), 0)), 0)
                   AS seconds
        FROM jobs WHERE lease_until IS NOT NULL
    )
    SELECT before.ahead, before.seconds + busy.seconds,
           (SELECT count(*) FROM workers WHERE seen_at > now() - make_interval(secs => alive_seconds)), busy.running
    FROM mine, before, busy
$$;


--
-- Name: tenant_of_key(bytea); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tenant_of_key(key_digest bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT tenant_id FROM api_keys WHERE digest = key_digest AND revoked_at IS NULL
$$;


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: api_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name character varying NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;


--
-- Name: artifacts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.artifacts (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind character varying NOT NULL,
    job_id uuid,
    object_key character varying NOT NULL,
    media_type character varying NOT NULL,
    bytes integer NOT NULL,
    sha256 character varying NOT NULL,
    details jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.artifacts FORCE ROW LEVEL SECURITY;


--
-- Name: bases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bases (
    id uuid NOT NULL,
    name character varying NOT NULL,
    revision integer NOT NULL,
    current boolean NOT NULL,
    fingerprint character varying NOT NULL,
    source character varying NOT NULL,
    source_revision character varying,
    manifest jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    retired_at timestamp with time zone,
    singular_values_key character varying
);


--
-- Name: batches; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.batches (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name character varying,
    lines integer NOT NULL,
    sha256 character varying NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    canceled_at timestamp with time zone,
    ended_at timestamp with time zone
);

ALTER TABLE ONLY public.batches FORCE ROW LEVEL SECURITY;


--
-- Name: edit_shifts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.edit_shifts (
    tenant_id uuid NOT NULL,
    key character varying NOT NULL,
    shift_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.edit_shifts FORCE ROW LEVEL SECURITY;


--
-- Name: fencing_tokens; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.fencing_tokens
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency_keys (
    tenant_id uuid NOT NULL,
    method character varying NOT NULL,
    route character varying NOT NULL,
    key character varying NOT NULL,
    fingerprint character varying NOT NULL,
    status integer NOT NULL,
    resource_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;


--
-- Name: images; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.images (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    artifact_id uuid NOT NULL,
    sha256 character varying NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.images FORCE ROW LEVEL SECURITY;


--
-- Name: job_dependencies; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_dependencies (
    job_id uuid NOT NULL,
    needs_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);

ALTER TABLE ONLY public.job_dependencies FORCE ROW LEVEL SECURITY;


--
-- Name: job_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_events (
    job_id uuid NOT NULL,
    seq integer NOT NULL,
    tenant_id uuid NOT NULL,
    type character varying NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.job_events FORCE ROW LEVEL SECURITY;


--
-- Name: job_inputs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_inputs (
    job_id uuid NOT NULL,
    input_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);

ALTER TABLE ONLY public.job_inputs FORCE ROW LEVEL SECURITY;


--
-- Name: pending_deletions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pending_deletions (
    object_key character varying CONSTRAINT doomed_objects_object_key_not_null NOT NULL,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT doomed_objects_created_at_not_null NOT NULL
);


--
-- Name: prior_sets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.prior_sets (
    key character varying NOT NULL,
    object_key character varying,
    token bigint NOT NULL,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: shifts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shifts (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    artifact_id uuid NOT NULL,
    name character varying NOT NULL,
    base_name character varying NOT NULL,
    fingerprint character varying NOT NULL,
    words jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.shifts FORCE ROW LEVEL SECURITY;


--
-- Name: tenant_loads; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenant_loads (
    tenant_id uuid NOT NULL,
    running integer DEFAULT 0 NOT NULL,
    pending integer DEFAULT 0 NOT NULL,
    served_seconds double precision DEFAULT '0'::double precision NOT NULL,
    weight double precision DEFAULT '1'::double precision NOT NULL,
    max_running integer NOT NULL,
    max_pending integer NOT NULL,
    batch_pending integer DEFAULT 0 NOT NULL,
    max_batch_pending integer NOT NULL,
    CONSTRAINT tenant_loads_counts_check CHECK (((running >= 0) AND (pending >= 0) AND (batch_pending >= 0))),
    CONSTRAINT tenant_loads_weight_check CHECK ((weight > (0)::double precision))
);

ALTER TABLE ONLY public.tenant_loads FORCE ROW LEVEL SECURITY;


--
-- Name: tenants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenants (
    id uuid NOT NULL,
    name character varying NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;


--
-- Name: usage; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.usage (
    job_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind character varying NOT NULL,
    device_seconds double precision NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.usage FORCE ROW LEVEL SECURITY;


--
-- Name: webhook_attempts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_attempts (
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    status integer,
    error character varying,
    milliseconds integer NOT NULL
);

ALTER TABLE ONLY public.webhook_attempts FORCE ROW LEVEL SECURITY;


--
-- Name: webhook_deliveries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_deliveries (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    job_id uuid,
    batch_id uuid,
    seq integer,
    type character varying NOT NULL,
    payload jsonb NOT NULL,
    state character varying NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    token bigint,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered_at timestamp with time zone,
    CONSTRAINT webhook_deliveries_state_check CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'delivered'::character varying, 'dead'::character varying])::text[])))
);

ALTER TABLE ONLY public.webhook_deliveries FORCE ROW LEVEL SECURITY;


--
-- Name: webhook_endpoints; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_endpoints (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    url character varying NOT NULL,
    events character varying[] NOT NULL,
    description character varying NOT NULL,
    secret character varying NOT NULL,
    secret_created_at timestamp with time zone DEFAULT now() NOT NULL,
    old_secret character varying,
    old_secret_until timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_reason character varying,
    failures integer DEFAULT 0 NOT NULL,
    paused_until timestamp with time zone,
    served_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.webhook_endpoints FORCE ROW LEVEL SECURITY;


--
-- Name: workers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.workers (
    name character varying NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: api_keys api_keys_digest_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_digest_key UNIQUE (digest);


--
-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);


--
-- Name: artifacts artifacts_object_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_object_key_key UNIQUE (object_key);


--
-- Name: artifacts artifacts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_pkey PRIMARY KEY (id);


--
-- Name: bases bases_name_revision_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bases
    ADD CONSTRAINT bases_name_revision_key UNIQUE (name, revision);


--
-- Name: bases bases_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bases
    ADD CONSTRAINT bases_pkey PRIMARY KEY (id);


--
-- Name: batches batches_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (id);


--
-- Name: edit_shifts edit_shifts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edit_shifts
    ADD CONSTRAINT edit_shifts_pkey PRIMARY KEY (tenant_id, key);


--
-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, method, route, key);


--
-- Name: images images_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_pkey PRIMARY KEY (id);


--
-- Name: job_dependencies job_dependencies_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependencies
    ADD CONSTRAINT job_dependencies_pkey PRIMARY KEY (job_id, needs_id);


--
-- Name: job_events job_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_pkey PRIMARY KEY (job_id, seq);


--
-- Name: job_inputs job_inputs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_pkey PRIMARY KEY (job_id, input_id);


--
-- Name: jobs jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);


--
-- Name: pending_deletions pending_deletions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pending_deletions
    ADD CONSTRAINT pending_deletions_pkey PRIMARY KEY (object_key);


--
-- Name: prior_sets prior_sets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.prior_sets
    ADD CONSTRAINT prior_sets_pkey PRIMARY KEY (key);


--
-- Name: shifts shifts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_pkey PRIMARY KEY (id);


--
-- Name: tenant_loads tenant_loads_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_loads
    ADD CONSTRAINT tenant_loads_pkey PRIMARY KEY (tenant_id);


--
-- Name: tenants tenants_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_name_key UNIQUE (name);


--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);


--
-- Name: usage usage_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.usage
    ADD CONSTRAINT usage_pkey PRIMARY KEY (job_id);


--
-- Name: webhook_attempts webhook_attempts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number);


--
-- Name: webhook_deliveries webhook_deliveries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);


--
-- Name: webhook_endpoints webhook_endpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);


--
-- Name: workers workers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (name);


--
-- Name: api_keys_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_keys_tenant_id_idx ON public.api_keys USING btree (tenant_id);


--
-- Name: artifacts_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifacts_created_at_idx ON public.artifacts USING btree (kind, created_at);


--
-- Name: artifacts_job_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifacts_job_id_idx ON public.artifacts USING btree (job_id);


--
-- Name: artifacts_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifacts_tenant_id_idx ON public.artifacts USING btree (tenant_id);


--
-- Name: artifacts_training_state_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX artifacts_training_state_key ON public.artifacts USING btree (job_id) WHERE ((kind)::text = 'training_state'::text);


--
-- Name: bases_fingerprint_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bases_fingerprint_idx ON public.bases USING btree (fingerprint);


--
-- Name: bases_one_current_a_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX bases_one_current_a_name ON public.bases USING btree (name) WHERE current;


--
-- Name: batches_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX batches_open_idx ON public.batches USING btree (created_at) WHERE (ended_at IS NULL);


--
-- Name: batches_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX batches_tenant_id_idx ON public.batches USING btree (tenant_id);


--
-- Name: edit_shifts_shift_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX edit_shifts_shift_id_idx ON public.edit_shifts USING btree (shift_id);


--
-- Name: images_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX images_tenant_id_idx ON public.images USING btree (tenant_id);


--
-- Name: job_dependencies_needs_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_dependencies_needs_id_idx ON public.job_dependencies USING btree (needs_id);


--
-- Name: job_dependencies_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_dependencies_tenant_id_idx ON public.job_dependencies USING btree (tenant_id);


--
-- Name: job_events_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_events_tenant_id_idx ON public.job_events USING btree (tenant_id);


--
-- Name: job_inputs_input_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_inputs_input_id_idx ON public.job_inputs USING btree (input_id);


--
-- Name: job_inputs_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_inputs_tenant_id_idx ON public.job_inputs USING btree (tenant_id);


--
-- Name: jobs_batch_line_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX jobs_batch_line_key ON public.jobs USING btree (batch_id, line);


--
-- Name: jobs_deadlines_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_deadlines_idx ON public.jobs USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (started_at IS NULL) AND (ended_at IS NULL));


--
-- Name: jobs_interrupted_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_interrupted_idx ON public.jobs USING btree (tenant_id, interrupted_at) WHERE (((state)::text = 'queued'::text) AND (interrupted_at IS NOT NULL));


--
-- Name: jobs_leases_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_leases_idx ON public.jobs USING btree (lease_until) WHERE (lease_until IS NOT NULL);


--
-- Name: jobs_open_lines_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_open_lines_idx ON public.jobs USING btree (batch_id, state) WHERE ((batch_id IS NOT NULL) AND (ended_at IS NULL));


--
-- Name: jobs_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_tenant_id_idx ON public.jobs USING btree (tenant_id);


--
-- Name: jobs_waiting_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_waiting_idx ON public.jobs USING btree (tenant_id, urgent_at, id) WHERE ((state)::text = 'queued'::text);


--
-- Name: shifts_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX shifts_tenant_id_idx ON public.shifts USING btree (tenant_id);


--
-- Name: usage_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX usage_tenant_id_idx ON public.usage USING btree (tenant_id);


--
-- Name: webhook_attempts_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_attempts_tenant_id_idx ON public.webhook_attempts USING btree (tenant_id);


--
-- Name: webhook_deliveries_batch_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_batch_id_idx ON public.webhook_deliveries USING btree (batch_id);


--
-- Name: webhook_deliveries_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_created_at_idx ON public.webhook_deliveries USING btree (created_at);


--
-- Name: webhook_deliveries_due_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_due_idx ON public.webhook_deliveries USING btree (endpoint_id, next_at, id) WHERE ((state)::text = 'pending'::text);


--
-- Name: webhook_deliveries_endpoint_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_endpoint_id_idx ON public.webhook_deliveries USING btree (endpoint_id, id);


--
-- Name: webhook_deliveries_event_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX webhook_deliveries_event_key ON public.webhook_deliveries USING btree (job_id, endpoint_id, seq);


--
-- Name: webhook_deliveries_leased_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_leased_idx ON public.webhook_deliveries USING btree (endpoint_id) WHERE (lease_until IS NOT NULL);


--
-- Name: webhook_deliveries_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_tenant_id_idx ON public.webhook_deliveries USING btree (tenant_id);


--
-- Name: webhook_endpoints_tenant_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_endpoints_tenant_id_idx ON public.webhook_endpoints USING btree (tenant_id);


--
-- Name: api_keys api_keys_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: artifacts artifacts_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: artifacts artifacts_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: batches batches_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: edit_shifts edit_shifts_shift_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edit_shifts
    ADD CONSTRAINT edit_shifts_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES public.shifts(id) ON DELETE CASCADE;


--
-- Name: edit_shifts edit_shifts_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edit_shifts
    ADD CONSTRAINT edit_shifts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: idempotency_keys idempotency_keys_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: images images_artifact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES public.artifacts(id);


--
-- Name: images images_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: job_dependencies job_dependencies_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependencies
    ADD CONSTRAINT job_dependencies_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: job_dependencies job_dependencies_needs_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependencies
    ADD CONSTRAINT job_dependencies_needs_id_fkey FOREIGN KEY (needs_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: job_dependencies job_dependencies_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependencies
    ADD CONSTRAINT job_dependencies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: job_events job_events_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: job_events job_events_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: job_inputs job_inputs_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: job_inputs job_inputs_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: jobs jobs_batch_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.batches(id) ON DELETE CASCADE;


--
-- Name: jobs jobs_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: shifts shifts_artifact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES public.artifacts(id);


--
-- Name: shifts shifts_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: tenant_loads tenant_loads_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_loads
    ADD CONSTRAINT tenant_loads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: usage usage_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.usage
    ADD CONSTRAINT usage_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: usage usage_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.usage
    ADD CONSTRAINT usage_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: webhook_attempts webhook_attempts_delivery_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.webhook_deliveries(id) ON DELETE CASCADE;


--
-- Name: webhook_attempts webhook_attempts_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: webhook_deliveries webhook_deliveries_batch_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.batches(id) ON DELETE CASCADE;


--
-- Name: webhook_deliveries webhook_deliveries_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES public.webhook_endpoints(id) ON DELETE CASCADE;


--
-- Name: webhook_deliveries webhook_deliveries_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;


--
-- Name: webhook_deliveries webhook_deliveries_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: webhook_endpoints webhook_endpoints_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;


--
-- Name: api_keys; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: artifacts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.artifacts ENABLE ROW LEVEL SECURITY;

--
-- Name: batches; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.batches ENABLE ROW LEVEL SECURITY;

--
-- Name: edit_shifts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.edit_shifts ENABLE ROW LEVEL SECURITY;

--
-- Name: artifacts engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.artifacts TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: batches engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.batches TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: idempotency_keys engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.idempotency_keys TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: job_dependencies engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.job_dependencies TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: job_events engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.job_events TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: jobs engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.jobs TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: tenant_loads engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.tenant_loads TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: tenants engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.tenants TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: usage engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.usage TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: webhook_attempts engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.webhook_attempts TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: webhook_deliveries engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.webhook_deliveries TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: webhook_endpoints engine; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY engine ON public.webhook_endpoints TO svdiff_engine USING (true) WITH CHECK (true);


--
-- Name: idempotency_keys; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: images; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.images ENABLE ROW LEVEL SECURITY;

--
-- Name: job_dependencies; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.job_dependencies ENABLE ROW LEVEL SECURITY;

--
-- Name: job_events; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.job_events ENABLE ROW LEVEL SECURITY;

--
-- Name: job_inputs; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.job_inputs ENABLE ROW LEVEL SECURITY;

--
-- Name: jobs; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

--
-- Name: api_keys own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.api_keys TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: artifacts own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.artifacts TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: batches own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.batches TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: edit_shifts own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.edit_shifts TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: idempotency_keys own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.idempotency_keys TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: images own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.images TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: job_dependencies own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.job_dependencies TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: job_events own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.job_events TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: job_inputs own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.job_inputs TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: jobs own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.jobs TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: shifts own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.shifts TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: tenant_loads own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.tenant_loads TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: tenants own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.tenants TO svdiff_app USING ((id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: usage own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.usage TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: webhook_attempts own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.webhook_attempts TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: webhook_deliveries own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.webhook_deliveries TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: webhook_endpoints own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.webhook_endpoints TO svdiff_app USING ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));


--
-- Name: api_keys owner_reads; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY owner_reads ON public.api_keys FOR SELECT TO postgres USING (true);


--
-- Name: jobs owner_reads; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY owner_reads ON public.jobs FOR SELECT TO postgres USING (true);


--
-- Name: tenant_loads owner_reads; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY owner_reads ON public.tenant_loads FOR SELECT TO postgres USING (true);


--
-- Name: shifts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.shifts ENABLE ROW LEVEL SECURITY;

--
-- Name: tenant_loads; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.tenant_loads ENABLE ROW LEVEL SECURITY;

--
-- Name: tenants; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

--
-- Name: usage; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.usage ENABLE ROW LEVEL SECURITY;

--
-- Name: webhook_attempts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.webhook_attempts ENABLE ROW LEVEL SECURITY;

--
-- Name: webhook_deliveries; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

--
-- Name: webhook_endpoints; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.webhook_endpoints ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA public TO svdiff_app;
GRANT USAGE ON SCHEMA public TO svdiff_engine;


--
-- Name: FUNCTION claim_job(claimer text, lease_seconds double precision, warm text[]); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.claim_job(claimer text, lease_seconds double precision, warm text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_job(claimer text, lease_seconds double precision, warm text[]) TO svdiff_engine;


--
-- Name: FUNCTION lowest_active_share(); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.lowest_active_share() FROM PUBLIC;
GRANT ALL ON FUNCTION public.lowest_active_share() TO svdiff_app;


--
-- Name: TABLE jobs; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs TO svdiff_app;
GRANT SELECT,UPDATE ON TABLE public.jobs TO svdiff_engine;


--
-- Name: FUNCTION may_start(job public.jobs, claimer text, moment timestamp with time zone); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.may_start(job public.jobs, claimer text, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.may_start(job public.jobs, claimer text, moment timestamp with time zone) TO svdiff_engine;


--
-- Name: FUNCTION queue_position(wanted uuid, alive_seconds double precision); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.queue_position(wanted uuid, alive_seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION public.queue_position(wanted uuid, alive_seconds double precision) TO svdiff_app;


--
-- Name: FUNCTION tenant_of_key(key_digest bytea); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.tenant_of_key(key_digest bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tenant_of_key(key_digest bytea) TO svdiff_app;


--
-- Name: TABLE alembic_version; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.alembic_version TO svdiff_app;


--
-- Name: TABLE api_keys; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO svdiff_app;


--
-- Name: TABLE artifacts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.artifacts TO svdiff_app;
GRANT SELECT,DELETE,UPDATE ON TABLE public.artifacts TO svdiff_engine;


--
-- Name: TABLE bases; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bases TO svdiff_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.bases TO svdiff_engine;


--
-- Name: TABLE batches; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.batches TO svdiff_app;
GRANT SELECT,UPDATE ON TABLE public.batches TO svdiff_engine;


--
-- Name: TABLE edit_shifts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.edit_shifts TO svdiff_app;


--
-- Name: SEQUENCE fencing_tokens; Type: ACL; Schema: public; Owner: -
--

GRANT USAGE ON SEQUENCE public.fencing_tokens TO svdiff_engine;


--
-- Name: TABLE idempotency_keys; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO svdiff_app;
GRANT SELECT,DELETE ON TABLE public.idempotency_keys TO svdiff_engine;


--
-- Name: TABLE images; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.images TO svdiff_app;


--
-- Name: TABLE job_dependencies; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_dependencies TO svdiff_app;
GRANT SELECT,DELETE ON TABLE public.job_dependencies TO svdiff_engine;


--
-- Name: TABLE job_events; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_events TO svdiff_app;
GRANT SELECT,INSERT ON TABLE public.job_events TO svdiff_engine;


--
-- Name: TABLE job_inputs; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_inputs TO svdiff_app;


--
-- Name: TABLE pending_deletions; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT ON TABLE public.pending_deletions TO svdiff_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pending_deletions TO svdiff_engine;


--
-- Name: TABLE prior_sets; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.prior_sets TO svdiff_engine;


--
-- Name: TABLE shifts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.shifts TO svdiff_app;


--
-- Name: TABLE tenant_loads; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tenant_loads TO svdiff_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.tenant_loads TO svdiff_engine;


--
-- Name: TABLE tenants; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.tenants TO svdiff_app;
GRANT SELECT,INSERT ON TABLE public.tenants TO svdiff_engine;


--
-- Name: TABLE usage; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage TO svdiff_app;
GRANT SELECT,INSERT ON TABLE public.usage TO svdiff_engine;


--
-- Name: TABLE webhook_attempts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_attempts TO svdiff_app;
GRANT SELECT,INSERT ON TABLE public.webhook_attempts TO svdiff_engine;


--
-- Name: TABLE webhook_deliveries; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_deliveries TO svdiff_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_deliveries TO svdiff_engine;


--
-- Name: TABLE webhook_endpoints; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_endpoints TO svdiff_app;
GRANT SELECT,UPDATE ON TABLE public.webhook_endpoints TO svdiff_engine;


--
-- Name: TABLE workers; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.workers TO svdiff_engine;


--
-- PostgreSQL database dump complete
--

\unrestrict recording

