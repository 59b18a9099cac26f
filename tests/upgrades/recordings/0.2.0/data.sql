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
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.alembic_version (version_num) FROM stdin;
0005
\.


--
-- Data for Name: tenants; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tenants (id, name, created_at) FROM stdin;
01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	tenant-72b2ee54	2026-11-28 07:24:47.259331+00
\.


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_keys (id, tenant_id, name, digest, created_at, revoked_at) FROM stdin;
01a2210a-d351-78ad-a20b-4374e6482b31	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	default	\\x12de0ade7bec8e4a0252392990e08f31141cad8cbebe21f1ce56e18bac4053fa	2026-11-28 07:24:47.304544+00	\N
\.


--
-- Data for Name: batches; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.batches (id, tenant_id, name, lines, sha256, created_at, canceled_at, ended_at) FROM stdin;
01a2210b-0610-76ef-b64d-20d119a31265	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	\N	2	0000000000000000000000000000000000000000000000000000000000000000	2026-11-28 07:25:00.300168+00	\N	\N
\.


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.jobs (id, tenant_id, kind, state, spec, fingerprint, result, error, phase, step, steps, event_seq, estimate_seconds, device_seconds, available_at, attempt, token, worker, lease_until, created_at, claimed_at, started_at, ended_at, priority, urgent_at, expires_at, avoided_worker, avoided_until, interrupted_at, batch_id, custom_id, line) FROM stdin;
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	edit	succeeded	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8ggnnh9e80trk4rj7n4e8bm", "slerp": 0.0, "steps": 3, "sha256": "024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8ggnwa5fdavwwb588zqaa8b", "base": "tiny", "name": "a photo of a dog", "bytes": 43856, "trained": true}, "images": [{"id": "pic_01m8ggnw72evxrft66vc7x9btk", "key": "tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad65f73e18ffebb3b6c7c1541/2/01a2210af0e276fb87e8c6db0fd4af53", "seed": 5, "width": 32, "height": 32, "prompt": "a photo of a red cat"}, {"id": "pic_01m8ggnw8de6897dvzbetdxn8q", "key": "tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad65f73e18ffebb3b6c7c1541/2/01a2210af10d719093b77f5bb4ded517", "seed": 6, "width": 32, "height": 32, "prompt": "a dog in the snow"}], "warnings": []}	\N	\N	6	6	22	2.6999999999999997	0	2026-11-28 07:24:48.063458+00	1	\N	\N	\N	2026-11-28 07:24:48.063458+00	2026-11-28 07:24:52.367993+00	2026-11-28 07:24:52.367993+00	2026-11-28 07:24:54.992611+00	training	2026-11-28 07:25:48.063458+00	\N	\N	\N	\N	\N	\N	\N
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	fine_tune	succeeded	{"base": "tiny", "name": "dog", "seed": 1, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8ggnn9sf9cvf59qyeqrnnab", "img_01m8ggnnbkefmt9pr03qxc0ydy"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8ggnsmfejqsprwktrm6b1s0", "base": "tiny", "name": "dog", "bytes": 43880}, "warnings": []}	\N	\N	4	4	13	1.2	0	2026-11-28 07:24:47.712499+00	1	\N	\N	\N	2026-11-28 07:24:47.712499+00	2026-11-28 07:24:48.158994+00	2026-11-28 07:24:48.158994+00	2026-11-28 07:24:52.25387+00	training	2026-11-28 07:25:47.712499+00	\N	\N	\N	\N	\N	\N	\N
01a2210a-f221-75ed-b493-c5ef34608eeb	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	generation	succeeded	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8ggnsmfejqsprwktrm6b1s0", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"images": [{"id": "pic_01m8ggnxmwe8a83avbt25eg1rr", "key": "tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210af22175edb493c5ef34608eeb/3/01a2210af69c721481ab6bd08ae80718", "seed": 5, "width": 32, "height": 32}, {"id": "pic_01m8ggnxq2f4xveg7qnf45akfs", "key": "tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210af22175edb493c5ef34608eeb/3/01a2210af6e2793bb740f7abc8554df9", "seed": 6, "width": 32, "height": 32}], "warnings": []}	\N	\N	3	3	11	0.30000000000000004	0	2026-11-28 07:24:55.163286+00	1	\N	\N	\N	2026-11-28 07:24:55.163286+00	2026-11-28 07:24:55.279539+00	2026-11-28 07:24:55.279539+00	2026-11-28 07:24:56.469031+00	interactive	2026-11-28 07:24:55.163286+00	\N	\N	\N	\N	\N	\N	\N
01a2210a-f7d7-770e-8790-90a18a8fa0d3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	fine_tune	paused	{"base": "tiny", "name": "dog", "seed": 1, "steps": 60, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8ggnxxdf50tf85wqdy8p8rv", "img_01m8ggnxy5fxtase6ycx7ayw36"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	5	60	12	18	3.17584	2026-11-28 07:24:56.585974+00	0	\N	\N	\N	2026-11-28 07:24:56.585974+00	2026-11-28 07:24:56.742512+00	2026-11-28 07:24:56.742512+00	\N	training	2026-11-28 07:25:56.585974+00	\N	\N	\N	\N	\N	\N	\N
01a2210b-053e-78f5-9a04-59c7ba328d10	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 2, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8ggp18cfnyvxn84rhd4796e", "img_01m8ggp19efmpan1f17fmrggy8"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:25:00.017468+00	0	\N	\N	\N	2026-11-28 07:25:00.017468+00	\N	\N	\N	training	2026-11-28 07:26:00.017468+00	\N	\N	\N	\N	\N	\N	\N
01a2210b-059a-7407-8c9e-9ea5b28ce7c3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	edit	queued	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8ggp1c9fgat0e2qn6nnng7z", "slerp": 0.0, "steps": 3, "sha256": "2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	6	1	2.6999999999999997	0	2026-11-28 07:25:00.177561+00	0	\N	\N	\N	2026-11-28 07:25:00.177561+00	\N	\N	\N	training	2026-11-28 07:26:00.177561+00	\N	\N	\N	\N	\N	\N	\N
01a2210b-0563-72f0-9c70-7f72825a4cf4	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	generation	queued	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8ggnsmfejqsprwktrm6b1s0", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.30000000000000004	0	2026-11-28 07:25:00.124477+00	0	\N	\N	\N	2026-11-28 07:25:00.124477+00	\N	\N	\N	interactive	2026-11-28 07:25:00.124477+00	\N	\N	\N	\N	\N	\N	\N
01a2210b-05f0-7002-bd38-a870833600cb	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 3, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8ggp1e9e6rvb5jj4274m3vq", "img_01m8ggp1f2eqc9xwcjz56fj92b"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:25:00.300168+00	0	\N	\N	\N	2026-11-28 07:25:00.300168+00	\N	\N	\N	batch	2026-11-28 07:35:00.300168+00	\N	\N	\N	\N	01a2210b-0610-76ef-b64d-20d119a31265	train	2
01a2210b-05f0-7001-b087-c11ac73b10a8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	generation	blocked	{"n": 1, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 3, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"weight": 1.0, "fine_tune": "job_01m8ggp1fge01bte58e21kc06b"}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.15000000000000002	0	2026-11-28 07:25:00.300168+00	0	\N	\N	\N	2026-11-28 07:25:00.300168+00	\N	\N	\N	batch	2026-11-28 07:35:00.300168+00	\N	\N	\N	\N	01a2210b-0610-76ef-b64d-20d119a31265	with	1
\.


--
-- Data for Name: artifacts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.artifacts (id, tenant_id, kind, job_id, object_key, media_type, bytes, sha256, details, created_at) FROM stdin;
01a2210a-d509-7af4-8b28-e57cf24a04ff	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210ad5097af48b28e57cf24a04ff	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:24:47.712499+00
01a2210a-d552-78e4-8672-faf8ca545e49	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210ad55278e48672faf8ca545e49	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:24:47.712499+00
01a2210a-d609-71ea-ba07-1284bf533043	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210ad60971eaba071284bf533043	image/png	461	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	{}	2026-11-28 07:24:48.00578+00
01a2210a-e67a-7ed1-a2ce-be9cf29b5611	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	shift	01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad58d7d2bb8a37a4a25fa9233/1/01a2210ae67a7ed1a2cebe9cf29b5611	application/octet-stream	43880	4d89ab83946440391cb0fb5029a71e6e5720020eb1068829465aea4a72ea06e8	{"method": "svdiff"}	2026-11-28 07:24:52.25387+00
01a2210a-f136-7efa-9cb0-eeb82cd11dc1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	shift	01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad65f73e18ffebb3b6c7c1541/2/01a2210af1367efa9cb0eeb82cd11dc1	application/octet-stream	43856	9d515139d73461fbdde04f198d53da8e5846d8faeb685d505b51cd4faa199674	{"method": "svdiff"}	2026-11-28 07:24:54.992611+00
01a2210a-f0e2-76fb-87e8-c6db0fd4af53	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	picture	01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad65f73e18ffebb3b6c7c1541/2/01a2210af0e276fb87e8c6db0fd4af53	image/png	3363	0155d720301d28620f94cb46feea371ab67801e8639fd8a6dc3db46148c14b9a	{}	2026-11-28 07:24:54.992611+00
01a2210a-f10d-7190-93b7-7f5bb4ded517	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	picture	01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210ad65f73e18ffebb3b6c7c1541/2/01a2210af10d719093b77f5bb4ded517	image/png	3369	d565bfd558090e57ff0890210d2f9a007a9116844c04da1e19dfd16183ff8fbf	{}	2026-11-28 07:24:54.992611+00
01a2210a-f69c-7214-81ab-6bd08ae80718	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	picture	01a2210a-f221-75ed-b493-c5ef34608eeb	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210af22175edb493c5ef34608eeb/3/01a2210af69c721481ab6bd08ae80718	image/png	3099	a3b9fcd15a7221d179a0b89513679a5920a4f949fbe553b838b0b55cbc3ee79f	{}	2026-11-28 07:24:56.469031+00
01a2210a-f6e2-793b-b740-f7abc8554df9	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	picture	01a2210a-f221-75ed-b493-c5ef34608eeb	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210af22175edb493c5ef34608eeb/3/01a2210af6e2793bb740f7abc8554df9	image/png	3131	b1e42bc817a6a0256e89d8f1019b6d998d303c62dc94c40b83c4e4f5abe3ac9f	{}	2026-11-28 07:24:56.469031+00
01a2210a-f78f-7834-b17d-937d033ac0f5	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210af78f7834b17d937d033ac0f5	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:24:56.585974+00
01a2210a-f7b1-7a3f-a844-2133ee3e078e	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210af7b17a3fa8442133ee3e078e	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:24:56.585974+00
01a2210b-0462-75da-b040-b8c79b2a6812	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	training_state	01a2210a-f7d7-770e-8790-90a18a8fa0d3	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/jobs/01a2210af7d7770e879090a18a8fa0d3/4/01a2210b046275dab040b8c79b2a6812	application/octet-stream	87816	bd0f594fd4159a91b59f728c3caad0296efa14c0faa54c7bf01610830aa0e0a2	{}	2026-11-28 07:24:59.889471+00
01a2210b-04fa-7d05-9949-29d240502975	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210b04fa7d05994929d240502975	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:25:00.017468+00
01a2210b-0519-72ca-b162-7ef2359522a1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210b051972cab1627ef2359522a1	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:25:00.017468+00
01a2210b-057a-7237-8ff6-7fb1f931e885	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210b057a72378ff67fb1f931e885	image/png	439	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	{}	2026-11-28 07:25:00.153791+00
01a2210b-05ba-76e9-bb26-b4d4c235d097	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210b05ba76e9bb26b4d4c235d097	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:25:00.209752+00
01a2210b-05cf-7669-b970-dca41302f1fe	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	upload	\N	tenants/01a2210ad30e776999e5fcf2f4b3bc0b/images/01a2210b05cf7669b970dca41302f1fe	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:25:00.209752+00
\.


--
-- Data for Name: bases; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bases (id, name, revision, current, fingerprint, source, source_revision, manifest, created_at, retired_at, singular_values_key) FROM stdin;
01a2210a-d304-7b07-88d2-0430819c7397	tiny	1	t	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	tiny	\N	{"judge": null, "family": "stable-diffusion", "fine_tune": {"steps": 4, "ema_decay": 0.0, "batch_size": 2, "prior_count": 3, "prior_steps": 2, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "prior_guidance": 7.5, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}, "generation": {"eta": 0.0, "steps": 3, "guidance": 4.0, "max_side": 64, "shift_start": 0.0}, "resolution": 32, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "size_multiple": 8, "geometry_layers": []}	2026-11-28 07:24:47.1609+00	\N	spectra/svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b
\.


--
-- Data for Name: shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.shifts (id, tenant_id, artifact_id, name, base_name, fingerprint, words, created_at) FROM stdin;
01a2210a-e68f-74af-9b63-93d628658720	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-e67a-7ed1-a2ce-be9cf29b5611	dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "dog", "token": "sks", "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}]}	2026-11-28 07:24:52.25387+00
01a2210a-f145-7b55-be71-65423f75290b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-f136-7efa-9cb0-eeb82cd11dc1	a photo of a dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "", "token": "", "class_prompt": "", "instance_prompt": "a photo of a dog"}]}	2026-11-28 07:24:54.992611+00
\.


--
-- Data for Name: edit_shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.edit_shifts (tenant_id, key, shift_id, created_at) FROM stdin;
01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	31e0a9d7dcc552c6706cb1c7849824a14281391c1ab93ae11bbed301ac19fcaa	01a2210a-f145-7b55-be71-65423f75290b	2026-11-28 07:24:54.992611+00
\.


--
-- Data for Name: idempotency_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.idempotency_keys (tenant_id, method, route, key, fingerprint, status, resource_id, created_at) FROM stdin;
\.


--
-- Data for Name: images; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.images (id, tenant_id, artifact_id, sha256, width, height, created_at) FROM stdin;
01a2210a-d539-7a59-b795-37f3af8ad54b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-d509-7af4-8b28-e57cf24a04ff	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:24:47.712499+00
01a2210a-d573-73e9-a4db-001dfac079be	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-d552-78e4-8672-faf8ca545e49	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:24:47.712499+00
01a2210a-d629-7201-ac4c-9891ea472174	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-d609-71ea-ba07-1284bf533043	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	96	80	2026-11-28 07:24:48.00578+00
01a2210a-f7ad-7941-a7a0-bcbb7c8b231b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-f78f-7834-b17d-937d033ac0f5	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:24:56.585974+00
01a2210a-f7c5-7f74-acb8-de674eaf7066	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210a-f7b1-7a3f-a844-2133ee3e078e	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:24:56.585974+00
01a2210b-050c-7d7d-bed5-04c45a43a4ce	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210b-04fa-7d05-9949-29d240502975	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:25:00.017468+00
01a2210b-052e-7d2c-aa85-e13be98843c8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210b-0519-72ca-b162-7ef2359522a1	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:25:00.017468+00
01a2210b-0589-7c15-a038-57a9ab5ac0ff	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210b-057a-7237-8ff6-7fb1f931e885	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	96	80	2026-11-28 07:25:00.153791+00
01a2210b-05c9-71b1-b596-52208e4a0f77	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210b-05ba-76e9-bb26-b4d4c235d097	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:25:00.209752+00
01a2210b-05e2-75d8-9ef1-92f94cf9244b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	01a2210b-05cf-7669-b970-dca41302f1fe	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:25:00.209752+00
\.


--
-- Data for Name: job_dependencies; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_dependencies (job_id, needs_id, tenant_id) FROM stdin;
01a2210b-05f0-7001-b087-c11ac73b10a8	01a2210b-05f0-7002-bd38-a870833600cb	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
\.


--
-- Data for Name: job_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_events (job_id, seq, tenant_id, type, data, created_at) FROM stdin;
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:24:47.712499+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:24:48.063458+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	2	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	running	{"attempt": 1}	2026-11-28 07:24:48.157764+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:24:48.205938+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	4	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:24:50.803901+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	5	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:24:50.845228+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	6	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"of": 2, "done": 1, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:24:51.114589+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	7	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"of": 2, "done": 2, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:24:51.212797+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.044428, "step": 1, "phase": "training", "steps": 4, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:24:51.604222+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	9	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.144323, "step": 2, "phase": "training", "steps": 4, "seconds_left": 0.4, "clipped_fraction": 0.004367, "seconds_per_step": 0.2212, "steps_per_second": 4.521}	2026-11-28 07:24:51.821678+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	10	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.181424, "step": 3, "phase": "training", "steps": 4, "seconds_left": 0.2, "clipped_fraction": 0.005459, "seconds_per_step": 0.178, "steps_per_second": 5.619}	2026-11-28 07:24:51.960161+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	11	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.153296, "step": 4, "phase": "training", "steps": 4, "seconds_left": 0.0, "clipped_fraction": 0.007205, "seconds_per_step": 0.2209, "steps_per_second": 4.528}	2026-11-28 07:24:52.18246+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	12	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 4, "phase": "saving", "steps": 4}	2026-11-28 07:24:52.205248+00
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	13	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	succeeded	{}	2026-11-28 07:24:52.25387+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	2	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	running	{"attempt": 1}	2026-11-28 07:24:52.367818+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:24:52.372952+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	4	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:24:52.457405+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	5	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.14303, "step": 1, "phase": "training", "steps": 6, "seconds_left": null, "clipped_fraction": 0.003493, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:24:52.772177+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	6	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.09505, "step": 2, "phase": "training", "steps": 6, "seconds_left": 0.8, "clipped_fraction": 0.004367, "seconds_per_step": 0.1929, "steps_per_second": 5.184}	2026-11-28 07:24:52.959528+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	7	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.093242, "step": 3, "phase": "training", "steps": 6, "seconds_left": 0.6, "clipped_fraction": 0.005677, "seconds_per_step": 0.193, "steps_per_second": 5.183}	2026-11-28 07:24:53.164937+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.088685, "step": 4, "phase": "training", "steps": 6, "seconds_left": 0.4, "clipped_fraction": 0.006332, "seconds_per_step": 0.193, "steps_per_second": 5.181}	2026-11-28 07:24:53.492549+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	9	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.177271, "step": 5, "phase": "training", "steps": 6, "seconds_left": 0.2, "clipped_fraction": 0.00786, "seconds_per_step": 0.193, "steps_per_second": 5.183}	2026-11-28 07:24:53.629158+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	10	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 1.139041, "step": 6, "phase": "training", "steps": 6, "seconds_left": 0.0, "clipped_fraction": 0.008515, "seconds_per_step": 0.1929, "steps_per_second": 5.184}	2026-11-28 07:24:53.802454+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	11	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:24:53.82132+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	12	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "loading", "steps": 6}	2026-11-28 07:24:53.91431+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	13	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 1, "phase": "sampling", "steps": 6, "seconds_left": null, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:24:54.149017+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	14	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 2, "phase": "sampling", "steps": 6, "seconds_left": 0.8, "seconds_per_step": 0.2001, "steps_per_second": 4.997}	2026-11-28 07:24:54.341573+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	15	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 3, "phase": "sampling", "steps": 6, "seconds_left": 0.5, "seconds_per_step": 0.1569, "steps_per_second": 6.375}	2026-11-28 07:24:54.439167+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	16	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 4, "phase": "sampling", "steps": 6, "seconds_left": 0.2, "seconds_per_step": 0.1247, "steps_per_second": 8.02}	2026-11-28 07:24:54.566117+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	17	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 5, "phase": "sampling", "steps": 6, "seconds_left": 0.1, "seconds_per_step": 0.1294, "steps_per_second": 7.726}	2026-11-28 07:24:54.706818+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	18	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "sampling", "steps": 6, "seconds_left": 0.0, "seconds_per_step": 0.1247, "steps_per_second": 8.02}	2026-11-28 07:24:54.801528+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	19	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:24:54.868815+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	20	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:24:54.911367+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	21	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:24:54.939719+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	22	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	succeeded	{}	2026-11-28 07:24:54.992611+00
01a2210a-f221-75ed-b493-c5ef34608eeb	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:24:55.163286+00
01a2210a-f221-75ed-b493-c5ef34608eeb	2	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	running	{"attempt": 1}	2026-11-28 07:24:55.279352+00
01a2210a-f221-75ed-b493-c5ef34608eeb	3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:24:55.307136+00
01a2210a-f221-75ed-b493-c5ef34608eeb	4	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:24:55.913284+00
01a2210a-f221-75ed-b493-c5ef34608eeb	5	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 1, "phase": "sampling", "steps": 3, "seconds_left": null, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:24:56.083984+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	2	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	running	{"attempt": 1}	2026-11-28 07:24:56.742391+00
01a2210a-f221-75ed-b493-c5ef34608eeb	6	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 2, "phase": "sampling", "steps": 3, "seconds_left": 0.1, "seconds_per_step": 0.0991, "steps_per_second": 10.095}	2026-11-28 07:24:56.177205+00
01a2210a-f221-75ed-b493-c5ef34608eeb	7	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 3, "phase": "sampling", "steps": 3, "seconds_left": 0.0, "seconds_per_step": 0.0949, "steps_per_second": 10.537}	2026-11-28 07:24:56.269433+00
01a2210a-f221-75ed-b493-c5ef34608eeb	8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:24:56.32123+00
01a2210a-f221-75ed-b493-c5ef34608eeb	9	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:24:56.370939+00
01a2210a-f221-75ed-b493-c5ef34608eeb	10	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:24:56.442789+00
01a2210a-f221-75ed-b493-c5ef34608eeb	11	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	succeeded	{}	2026-11-28 07:24:56.469031+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:24:56.585974+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	3	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:24:56.757033+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	4	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:24:57.450203+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	5	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:24:57.533373+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	6	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.044428, "step": 1, "phase": "training", "steps": 60, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:24:58.50969+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	7	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.144323, "step": 2, "phase": "training", "steps": 60, "seconds_left": 28.0, "clipped_fraction": 0.004367, "seconds_per_step": 0.4828, "steps_per_second": 2.071}	2026-11-28 07:24:59.01325+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.181424, "step": 3, "phase": "training", "steps": 60, "seconds_left": 22.8, "clipped_fraction": 0.005459, "seconds_per_step": 0.3994, "steps_per_second": 2.504}	2026-11-28 07:24:59.301623+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	9	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.153296, "step": 4, "phase": "training", "steps": 60, "seconds_left": 17.7, "clipped_fraction": 0.007205, "seconds_per_step": 0.3159, "steps_per_second": 3.165}	2026-11-28 07:24:59.592315+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	10	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	pausing	{}	2026-11-28 07:24:59.712792+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	11	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	progress	{"loss": 2.072461, "step": 5, "phase": "training", "steps": 60, "seconds_left": 16.5, "clipped_fraction": 0.008734, "seconds_per_step": 0.3006, "steps_per_second": 3.326}	2026-11-28 07:24:59.854088+00
01a2210a-f7d7-770e-8790-90a18a8fa0d3	12	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	paused	{}	2026-11-28 07:24:59.912251+00
01a2210b-053e-78f5-9a04-59c7ba328d10	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:25:00.017468+00
01a2210b-0563-72f0-9c70-7f72825a4cf4	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:25:00.124477+00
01a2210b-059a-7407-8c9e-9ea5b28ce7c3	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:25:00.177561+00
01a2210b-05f0-7002-bd38-a870833600cb	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	queued	{}	2026-11-28 07:25:00.300168+00
01a2210b-05f0-7001-b087-c11ac73b10a8	1	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	blocked	{}	2026-11-28 07:25:00.300168+00
\.


--
-- Data for Name: job_inputs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_inputs (job_id, input_id, tenant_id) FROM stdin;
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	01a2210a-d539-7a59-b795-37f3af8ad54b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	01a2210a-d573-73e9-a4db-001dfac079be	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	01a2210a-d629-7201-ac4c-9891ea472174	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210a-f221-75ed-b493-c5ef34608eeb	01a2210a-e68f-74af-9b63-93d628658720	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210a-f7d7-770e-8790-90a18a8fa0d3	01a2210a-f7ad-7941-a7a0-bcbb7c8b231b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210a-f7d7-770e-8790-90a18a8fa0d3	01a2210a-f7c5-7f74-acb8-de674eaf7066	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-053e-78f5-9a04-59c7ba328d10	01a2210b-050c-7d7d-bed5-04c45a43a4ce	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-053e-78f5-9a04-59c7ba328d10	01a2210b-052e-7d2c-aa85-e13be98843c8	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-0563-72f0-9c70-7f72825a4cf4	01a2210a-e68f-74af-9b63-93d628658720	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-059a-7407-8c9e-9ea5b28ce7c3	01a2210b-0589-7c15-a038-57a9ab5ac0ff	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-05f0-7002-bd38-a870833600cb	01a2210b-05e2-75d8-9ef1-92f94cf9244b	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
01a2210b-05f0-7002-bd38-a870833600cb	01a2210b-05c9-71b1-b596-52208e4a0f77	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b
\.


--
-- Data for Name: pending_deletions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.pending_deletions (object_key, created_at) FROM stdin;
\.


--
-- Data for Name: prior_sets; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.prior_sets (key, object_key, token, lease_until, created_at) FROM stdin;
061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a	priors/061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a/1	1	\N	2026-11-28 07:24:50.881518+00
\.


--
-- Data for Name: tenant_loads; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tenant_loads (tenant_id, running, pending, served_seconds, weight, max_running, max_pending, batch_pending, max_batch_pending) FROM stdin;
01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	0	4	11.14002	1	2	1000	2	100000
\.


--
-- Data for Name: usage; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.usage (job_id, tenant_id, kind, device_seconds, created_at) FROM stdin;
01a2210a-d58d-7d2b-b8a3-7a4a25fa9233	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	fine_tune	4.106	2026-11-28 07:24:52.25387+00
01a2210a-d65f-73e1-8ffe-bb3b6c7c1541	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	edit	2.651	2026-11-28 07:24:54.992611+00
01a2210a-f221-75ed-b493-c5ef34608eeb	01a2210a-d30e-7769-99e5-fcf2f4b3bc0b	generation	1.208	2026-11-28 07:24:56.469031+00
\.


--
-- Data for Name: webhook_endpoints; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.webhook_endpoints (id, tenant_id, url, events, description, secret, secret_created_at, old_secret, old_secret_until, disabled_at, disabled_reason, failures, paused_until, served_at, created_at) FROM stdin;
\.


--
-- Data for Name: webhook_deliveries; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.webhook_deliveries (id, tenant_id, endpoint_id, job_id, batch_id, seq, type, payload, state, attempts, begun_at, next_at, token, lease_until, created_at, delivered_at) FROM stdin;
\.


--
-- Data for Name: webhook_attempts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.webhook_attempts (delivery_id, number, tenant_id, at, status, error, milliseconds) FROM stdin;
\.


--
-- Data for Name: workers; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.workers (name, started_at, seen_at) FROM stdin;
recorder:cpu	2026-11-28 07:24:48.137482+00	2026-11-28 07:24:59.946591+00
\.


--
-- Name: fencing_tokens; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.fencing_tokens', 4, true);


--
-- PostgreSQL database dump complete
--

\unrestrict recording

