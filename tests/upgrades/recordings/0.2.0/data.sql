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
01a22126-a009-7d38-b802-98e13fc010c2	tenant-1f8ca540	2026-11-28 07:55:09.195291+00
\.


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_keys (id, tenant_id, name, digest, created_at, revoked_at) FROM stdin;
01a22126-a037-706c-adbf-2d9f46c25aed	01a22126-a009-7d38-b802-98e13fc010c2	default	\\x352a236e23c1e35e427059f85892202d4a38035eb54a5bc70be386b36da38cd7	2026-11-28 07:55:09.237304+00	\N
\.


--
-- Data for Name: batches; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.batches (id, tenant_id, name, lines, sha256, created_at, canceled_at, ended_at) FROM stdin;
01a22126-b7c0-70e3-b6ed-3aecaef957ac	01a22126-a009-7d38-b802-98e13fc010c2	\N	2	0000000000000000000000000000000000000000000000000000000000000000	2026-11-28 07:55:15.264224+00	\N	\N
\.


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.jobs (id, tenant_id, kind, state, spec, fingerprint, result, error, phase, step, steps, event_seq, estimate_seconds, device_seconds, available_at, attempt, token, worker, lease_until, created_at, claimed_at, started_at, ended_at, priority, urgent_at, expires_at, avoided_worker, avoided_until, interrupted_at, batch_id, custom_id, line) FROM stdin;
01a22126-a1b3-73db-b55a-0f4a0338bf8c	01a22126-a009-7d38-b802-98e13fc010c2	fine_tune	succeeded	{"base": "tiny", "name": "dog", "seed": 1, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gjd8b1ejna6r579tfmd3by", "img_01m8gjd8chf1hbt5kkg9k8ktx8"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8gjdax4fzq81svmyvxxkjz1", "base": "tiny", "name": "dog", "bytes": 43880}, "warnings": []}	\N	\N	4	4	13	1.2	0	2026-11-28 07:55:09.492233+00	1	\N	\N	\N	2026-11-28 07:55:09.492233+00	2026-11-28 07:55:09.791761+00	2026-11-28 07:55:09.791761+00	2026-11-28 07:55:12.175623+00	training	2026-11-28 07:56:09.492233+00	\N	\N	\N	\N	\N	\N	\N
01a22126-a231-7315-8067-ac8b5cef564d	01a22126-a009-7d38-b802-98e13fc010c2	edit	succeeded	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8gjd8fcf87r61jvszhs8epf", "slerp": 0.0, "steps": 3, "sha256": "024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8gjdce0fp597zre7a84zgxm", "base": "tiny", "name": "a photo of a dog", "bytes": 43856, "trained": true}, "images": [{"id": "pic_01m8gjdcb9f2ksgkb7zkjve9x0", "key": "tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a23173158067ac8b5cef564d/2/01a22126b16978a7984d67fce5b727a0", "seed": 5, "width": 32, "height": 32, "prompt": "a photo of a red cat"}, {"id": "pic_01m8gjdccdf2psms2ykzsamaev", "key": "tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a23173158067ac8b5cef564d/2/01a22126b18d78ad9a645e9ff2aa29db", "seed": 6, "width": 32, "height": 32, "prompt": "a dog in the snow"}], "warnings": []}	\N	\N	6	6	22	2.6999999999999997	0	2026-11-28 07:55:09.696636+00	1	\N	\N	\N	2026-11-28 07:55:09.696636+00	2026-11-28 07:55:12.230827+00	2026-11-28 07:55:12.230827+00	2026-11-28 07:55:13.734156+00	training	2026-11-28 07:56:09.696636+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b227-76eb-89af-3743db768814	01a22126-a009-7d38-b802-98e13fc010c2	generation	succeeded	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8gjdax4fzq81svmyvxxkjz1", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"images": [{"id": "pic_01m8gjdd1dfemb4r81n1vt3m3r", "key": "tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126b22776eb89af3743db768814/3/01a22126b42d7ba8b26101a877a1d078", "seed": 5, "width": 32, "height": 32}, {"id": "pic_01m8gjdd22eyyrvn35tyc6ehaa", "key": "tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126b22776eb89af3743db768814/3/01a22126b44277bd8dd465d79867454a", "seed": 6, "width": 32, "height": 32}], "warnings": []}	\N	\N	3	3	11	0.30000000000000004	0	2026-11-28 07:55:13.819179+00	1	\N	\N	\N	2026-11-28 07:55:13.819179+00	2026-11-28 07:55:13.856658+00	2026-11-28 07:55:13.856658+00	2026-11-28 07:55:14.401128+00	interactive	2026-11-28 07:55:13.819179+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b799-7a53-8ae9-694aa65aefc2	01a22126-a009-7d38-b802-98e13fc010c2	generation	queued	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8gjdax4fzq81svmyvxxkjz1", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.30000000000000004	0	2026-11-28 07:55:15.222167+00	0	\N	\N	\N	2026-11-28 07:55:15.222167+00	\N	\N	\N	interactive	2026-11-28 07:55:15.222167+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b500-724d-9db3-14194d8c1afb	01a22126-a009-7d38-b802-98e13fc010c2	fine_tune	paused	{"base": "tiny", "name": "dog", "seed": 1, "steps": 60, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gjdd7he8gsfmm32hrarh1f", "img_01m8gjdd7xewbv0y4ey94feam8"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	4	60	11	18	0.608797	2026-11-28 07:55:14.472402+00	0	\N	\N	\N	2026-11-28 07:55:14.472402+00	2026-11-28 07:55:14.570887+00	2026-11-28 07:55:14.570887+00	\N	training	2026-11-28 07:56:14.472402+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b792-7cf3-8062-9f12a76b0c68	01a22126-a009-7d38-b802-98e13fc010c2	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 2, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gjddw7e0n8a95y432a332a", "img_01m8gjddwfe3ytq0kgfh49w7j7"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:55:15.200328+00	0	\N	\N	\N	2026-11-28 07:55:15.200328+00	\N	\N	\N	training	2026-11-28 07:56:15.200328+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b7a8-768a-8a33-47b7624ab6a7	01a22126-a009-7d38-b802-98e13fc010c2	edit	queued	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8gjddx3fxwrpc8n583ebm3s", "slerp": 0.0, "steps": 3, "sha256": "2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	6	1	2.6999999999999997	0	2026-11-28 07:55:15.238048+00	0	\N	\N	\N	2026-11-28 07:55:15.238048+00	\N	\N	\N	training	2026-11-28 07:56:15.238048+00	\N	\N	\N	\N	\N	\N	\N
01a22126-b7bb-7002-871e-3c6fce7eee65	01a22126-a009-7d38-b802-98e13fc010c2	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 3, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gjddxhfh78pka7fygeqjnc", "img_01m8gjddxsfkvshey1pmskc3hy"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:55:15.264224+00	0	\N	\N	\N	2026-11-28 07:55:15.264224+00	\N	\N	\N	batch	2026-11-28 08:05:15.264224+00	\N	\N	\N	\N	01a22126-b7c0-70e3-b6ed-3aecaef957ac	train	2
01a22126-b7bb-7001-a2f4-0b6cc0e6ffd8	01a22126-a009-7d38-b802-98e13fc010c2	generation	blocked	{"n": 1, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 3, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"weight": 1.0, "fine_tune": "job_01m8gjddxve018e7hwdz77xvk5"}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.15000000000000002	0	2026-11-28 07:55:15.264224+00	0	\N	\N	\N	2026-11-28 07:55:15.264224+00	\N	\N	\N	batch	2026-11-28 08:05:15.264224+00	\N	\N	\N	\N	01a22126-b7c0-70e3-b6ed-3aecaef957ac	with	1
\.


--
-- Data for Name: artifacts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.artifacts (id, tenant_id, kind, job_id, object_key, media_type, bytes, sha256, details, created_at) FROM stdin;
01a22126-a13f-7efa-91b8-bb85606aa555	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126a13f7efa91b8bb85606aa555	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:55:09.492233+00
01a22126-a182-7e82-8f8a-4196688bbc33	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126a1827e828f8a4196688bbc33	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:55:09.492233+00
01a22126-a1e1-729b-b197-0b91c34ec1bd	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126a1e1729bb1970b91c34ec1bd	image/png	461	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	{}	2026-11-28 07:55:09.661792+00
01a22126-ab96-7974-938a-e6a8834417d4	01a22126-a009-7d38-b802-98e13fc010c2	shift	01a22126-a1b3-73db-b55a-0f4a0338bf8c	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a1b373dbb55a0f4a0338bf8c/1/01a22126ab967974938ae6a8834417d4	application/octet-stream	43880	4d89ab83946440391cb0fb5029a71e6e5720020eb1068829465aea4a72ea06e8	{"method": "svdiff"}	2026-11-28 07:55:12.175623+00
01a22126-b1b3-7b49-8625-a38b0cde758b	01a22126-a009-7d38-b802-98e13fc010c2	shift	01a22126-a231-7315-8067-ac8b5cef564d	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a23173158067ac8b5cef564d/2/01a22126b1b37b498625a38b0cde758b	application/octet-stream	43856	9d515139d73461fbdde04f198d53da8e5846d8faeb685d505b51cd4faa199674	{"method": "svdiff"}	2026-11-28 07:55:13.734156+00
01a22126-b169-78a7-984d-67fce5b727a0	01a22126-a009-7d38-b802-98e13fc010c2	picture	01a22126-a231-7315-8067-ac8b5cef564d	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a23173158067ac8b5cef564d/2/01a22126b16978a7984d67fce5b727a0	image/png	3363	fd11685b2b3aa3f2a3249367726437b461e8fb7bc8bb07d63f195ccfcec1e9a1	{}	2026-11-28 07:55:13.734156+00
01a22126-b18d-78ad-9a64-5e9ff2aa29db	01a22126-a009-7d38-b802-98e13fc010c2	picture	01a22126-a231-7315-8067-ac8b5cef564d	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126a23173158067ac8b5cef564d/2/01a22126b18d78ad9a645e9ff2aa29db	image/png	3369	cc64bfdbac7e2b6d6aca9ec0eb646a3cd88aa95d8daf18f7648f34a0a49bd152	{}	2026-11-28 07:55:13.734156+00
01a22126-b42d-7ba8-b261-01a877a1d078	01a22126-a009-7d38-b802-98e13fc010c2	picture	01a22126-b227-76eb-89af-3743db768814	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126b22776eb89af3743db768814/3/01a22126b42d7ba8b26101a877a1d078	image/png	3099	31b4d1d3c837bc055e5c05b18cd56183b2edc0912cea916f2ffb4289bceb44d0	{}	2026-11-28 07:55:14.401128+00
01a22126-b442-77bd-8dd4-65d79867454a	01a22126-a009-7d38-b802-98e13fc010c2	picture	01a22126-b227-76eb-89af-3743db768814	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126b22776eb89af3743db768814/3/01a22126b44277bd8dd465d79867454a	image/png	3131	131dddfa6a66a418c71ec85e814457af23b46336a717c70566df5de666d31672	{}	2026-11-28 07:55:14.401128+00
01a22126-b4b3-79c1-82f3-81ec9f8fafab	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b4b379c182f381ec9f8fafab	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:55:14.472402+00
01a22126-b4f4-7835-98aa-22864343bb02	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b4f4783598aa22864343bb02	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:55:14.472402+00
01a22126-b760-71d3-a948-4354f054ae0d	01a22126-a009-7d38-b802-98e13fc010c2	training_state	01a22126-b500-724d-9db3-14194d8c1afb	tenants/01a22126a0097d38b80298e13fc010c2/jobs/01a22126b500724d9db314194d8c1afb/4/01a22126b76071d3a9484354f054ae0d	application/octet-stream	87816	bd0f594fd4159a91b59f728c3caad0296efa14c0faa54c7bf01610830aa0e0a2	{}	2026-11-28 07:55:15.173552+00
01a22126-b781-7b60-9926-90a39ef3c01c	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b7817b60992690a39ef3c01c	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:55:15.200328+00
01a22126-b78a-7ad4-bbb1-2595314846a7	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b78a7ad4bbb12595314846a7	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:55:15.200328+00
01a22126-b79f-7222-b6e9-48b925250e0f	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b79f7222b6e948b925250e0f	image/png	439	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	{}	2026-11-28 07:55:15.23095+00
01a22126-b7ad-7570-8b18-a304a0212d27	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b7ad75708b18a304a0212d27	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:55:15.244294+00
01a22126-b7b3-72a1-ae38-ceab5e91fb52	01a22126-a009-7d38-b802-98e13fc010c2	upload	\N	tenants/01a22126a0097d38b80298e13fc010c2/images/01a22126b7b372a1ae38ceab5e91fb52	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:55:15.244294+00
\.


--
-- Data for Name: bases; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bases (id, name, revision, current, fingerprint, source, source_revision, manifest, created_at, retired_at, singular_values_key) FROM stdin;
01a22126-a006-761e-a140-ddc9e0058e59	tiny	1	t	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	tiny	\N	{"judge": null, "family": "stable-diffusion", "fine_tune": {"steps": 4, "ema_decay": 0.0, "batch_size": 2, "prior_count": 3, "prior_steps": 2, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "prior_guidance": 7.5, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}, "generation": {"eta": 0.0, "steps": 3, "guidance": 4.0, "max_side": 64, "shift_start": 0.0}, "resolution": 32, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "size_multiple": 8, "geometry_layers": []}	2026-11-28 07:55:09.1764+00	\N	spectra/svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b
\.


--
-- Data for Name: shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.shifts (id, tenant_id, artifact_id, name, base_name, fingerprint, words, created_at) FROM stdin;
01a22126-aba4-7fee-80e7-74f6fbd9cbe1	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-ab96-7974-938a-e6a8834417d4	dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "dog", "token": "sks", "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}]}	2026-11-28 07:55:12.175623+00
01a22126-b1c0-7d8a-93ff-0e3a904fc3b4	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b1b3-7b49-8625-a38b0cde758b	a photo of a dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "", "token": "", "class_prompt": "", "instance_prompt": "a photo of a dog"}]}	2026-11-28 07:55:13.734156+00
\.


--
-- Data for Name: edit_shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.edit_shifts (tenant_id, key, shift_id, created_at) FROM stdin;
01a22126-a009-7d38-b802-98e13fc010c2	31e0a9d7dcc552c6706cb1c7849824a14281391c1ab93ae11bbed301ac19fcaa	01a22126-b1c0-7d8a-93ff-0e3a904fc3b4	2026-11-28 07:55:13.734156+00
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
01a22126-a161-74aa-a360-a74e9f468d7e	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-a13f-7efa-91b8-bb85606aa555	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:55:09.492233+00
01a22126-a191-7862-bd16-73826689eba8	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-a182-7e82-8f8a-4196688bbc33	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:55:09.492233+00
01a22126-a1ec-7a0f-8306-5bcfe3943acf	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-a1e1-729b-b197-0b91c34ec1bd	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	96	80	2026-11-28 07:55:09.661792+00
01a22126-b4f1-7221-97d2-831470ac442f	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b4b3-79c1-82f3-81ec9f8fafab	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:55:14.472402+00
01a22126-b4fd-7717-b078-8ef248f72a88	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b4f4-7835-98aa-22864343bb02	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:55:14.472402+00
01a22126-b787-702a-8524-be20c4a18c4a	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b781-7b60-9926-90a39ef3c01c	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:55:15.200328+00
01a22126-b78f-70fd-ab82-707c489e1e47	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b78a-7ad4-bbb1-2595314846a7	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:55:15.200328+00
01a22126-b7a3-7f79-8b31-152a06e5d079	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b79f-7222-b6e9-48b925250e0f	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	96	80	2026-11-28 07:55:15.23095+00
01a22126-b7b1-7c4e-8b4d-477fa0ebcaac	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b7ad-7570-8b18-a304a0212d27	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:55:15.244294+00
01a22126-b7b9-7cf7-98bb-c1b533360e3e	01a22126-a009-7d38-b802-98e13fc010c2	01a22126-b7b3-72a1-ae38-ceab5e91fb52	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:55:15.244294+00
\.


--
-- Data for Name: job_dependencies; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_dependencies (job_id, needs_id, tenant_id) FROM stdin;
01a22126-b7bb-7001-a2f4-0b6cc0e6ffd8	01a22126-b7bb-7002-871e-3c6fce7eee65	01a22126-a009-7d38-b802-98e13fc010c2
\.


--
-- Data for Name: job_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_events (job_id, seq, tenant_id, type, data, created_at) FROM stdin;
01a22126-a1b3-73db-b55a-0f4a0338bf8c	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:09.492233+00
01a22126-a231-7315-8067-ac8b5cef564d	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:09.696636+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	2	01a22126-a009-7d38-b802-98e13fc010c2	running	{"attempt": 1}	2026-11-28 07:55:09.790708+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	3	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:55:09.811337+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	4	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:55:10.892647+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	5	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:55:10.95115+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	6	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"of": 2, "done": 1, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:55:11.241576+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	7	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"of": 2, "done": 2, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:55:11.318882+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	8	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.044428, "step": 1, "phase": "training", "steps": 4, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:55:11.66931+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	9	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.144323, "step": 2, "phase": "training", "steps": 4, "seconds_left": 0.2, "clipped_fraction": 0.004367, "seconds_per_step": 0.1215, "steps_per_second": 8.233}	2026-11-28 07:55:11.781697+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	10	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.181424, "step": 3, "phase": "training", "steps": 4, "seconds_left": 0.1, "clipped_fraction": 0.005459, "seconds_per_step": 0.0941, "steps_per_second": 10.631}	2026-11-28 07:55:11.866305+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	11	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.153296, "step": 4, "phase": "training", "steps": 4, "seconds_left": 0.0, "clipped_fraction": 0.007205, "seconds_per_step": 0.1215, "steps_per_second": 8.233}	2026-11-28 07:55:12.024833+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	12	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 4, "phase": "saving", "steps": 4}	2026-11-28 07:55:12.088866+00
01a22126-a1b3-73db-b55a-0f4a0338bf8c	13	01a22126-a009-7d38-b802-98e13fc010c2	succeeded	{}	2026-11-28 07:55:12.175623+00
01a22126-a231-7315-8067-ac8b5cef564d	2	01a22126-a009-7d38-b802-98e13fc010c2	running	{"attempt": 1}	2026-11-28 07:55:12.230655+00
01a22126-a231-7315-8067-ac8b5cef564d	3	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:55:12.23919+00
01a22126-a231-7315-8067-ac8b5cef564d	4	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:55:12.305473+00
01a22126-a231-7315-8067-ac8b5cef564d	5	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.14303, "step": 1, "phase": "training", "steps": 6, "seconds_left": null, "clipped_fraction": 0.003493, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:55:12.453373+00
01a22126-a231-7315-8067-ac8b5cef564d	6	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.09505, "step": 2, "phase": "training", "steps": 6, "seconds_left": 0.4, "clipped_fraction": 0.004367, "seconds_per_step": 0.1009, "steps_per_second": 9.914}	2026-11-28 07:55:12.549347+00
01a22126-a231-7315-8067-ac8b5cef564d	7	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.093242, "step": 3, "phase": "training", "steps": 6, "seconds_left": 0.3, "clipped_fraction": 0.005677, "seconds_per_step": 0.1039, "steps_per_second": 9.623}	2026-11-28 07:55:12.656265+00
01a22126-a231-7315-8067-ac8b5cef564d	8	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.088685, "step": 4, "phase": "training", "steps": 6, "seconds_left": 0.2, "clipped_fraction": 0.006332, "seconds_per_step": 0.107, "steps_per_second": 9.349}	2026-11-28 07:55:12.781606+00
01a22126-a231-7315-8067-ac8b5cef564d	9	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.177271, "step": 5, "phase": "training", "steps": 6, "seconds_left": 0.1, "clipped_fraction": 0.00786, "seconds_per_step": 0.1039, "steps_per_second": 9.623}	2026-11-28 07:55:12.869454+00
01a22126-a231-7315-8067-ac8b5cef564d	10	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 1.139041, "step": 6, "phase": "training", "steps": 6, "seconds_left": 0.0, "clipped_fraction": 0.008515, "seconds_per_step": 0.1009, "steps_per_second": 9.914}	2026-11-28 07:55:12.954266+00
01a22126-a231-7315-8067-ac8b5cef564d	11	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:55:12.971249+00
01a22126-a231-7315-8067-ac8b5cef564d	12	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "loading", "steps": 6}	2026-11-28 07:55:13.020183+00
01a22126-a231-7315-8067-ac8b5cef564d	13	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 1, "phase": "sampling", "steps": 6, "seconds_left": null, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:55:13.147284+00
01a22126-a231-7315-8067-ac8b5cef564d	14	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 2, "phase": "sampling", "steps": 6, "seconds_left": 0.8, "seconds_per_step": 0.189, "steps_per_second": 5.291}	2026-11-28 07:55:13.34139+00
01a22126-a231-7315-8067-ac8b5cef564d	15	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 3, "phase": "sampling", "steps": 6, "seconds_left": 0.4, "seconds_per_step": 0.1442, "steps_per_second": 6.934}	2026-11-28 07:55:13.436356+00
01a22126-a231-7315-8067-ac8b5cef564d	16	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 4, "phase": "sampling", "steps": 6, "seconds_left": 0.2, "seconds_per_step": 0.0994, "steps_per_second": 10.06}	2026-11-28 07:55:13.497806+00
01a22126-a231-7315-8067-ac8b5cef564d	17	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 5, "phase": "sampling", "steps": 6, "seconds_left": 0.1, "seconds_per_step": 0.0808, "steps_per_second": 12.382}	2026-11-28 07:55:13.537929+00
01a22126-a231-7315-8067-ac8b5cef564d	18	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "sampling", "steps": 6, "seconds_left": 0.0, "seconds_per_step": 0.0621, "steps_per_second": 16.097}	2026-11-28 07:55:13.599151+00
01a22126-a231-7315-8067-ac8b5cef564d	19	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:55:13.633094+00
01a22126-a231-7315-8067-ac8b5cef564d	20	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:55:13.652837+00
01a22126-a231-7315-8067-ac8b5cef564d	21	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:55:13.693435+00
01a22126-a231-7315-8067-ac8b5cef564d	22	01a22126-a009-7d38-b802-98e13fc010c2	succeeded	{}	2026-11-28 07:55:13.734156+00
01a22126-b227-76eb-89af-3743db768814	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:13.819179+00
01a22126-b227-76eb-89af-3743db768814	2	01a22126-a009-7d38-b802-98e13fc010c2	running	{"attempt": 1}	2026-11-28 07:55:13.856276+00
01a22126-b227-76eb-89af-3743db768814	3	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:55:13.862421+00
01a22126-b227-76eb-89af-3743db768814	4	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:55:14.16202+00
01a22126-b227-76eb-89af-3743db768814	5	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 1, "phase": "sampling", "steps": 3, "seconds_left": null, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:55:14.221179+00
01a22126-b500-724d-9db3-14194d8c1afb	2	01a22126-a009-7d38-b802-98e13fc010c2	running	{"attempt": 1}	2026-11-28 07:55:14.57081+00
01a22126-b227-76eb-89af-3743db768814	6	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 2, "phase": "sampling", "steps": 3, "seconds_left": 0.0, "seconds_per_step": 0.045, "steps_per_second": 22.199}	2026-11-28 07:55:14.263313+00
01a22126-b227-76eb-89af-3743db768814	7	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 3, "phase": "sampling", "steps": 3, "seconds_left": 0.0, "seconds_per_step": 0.0457, "steps_per_second": 21.862}	2026-11-28 07:55:14.309504+00
01a22126-b227-76eb-89af-3743db768814	8	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:55:14.329103+00
01a22126-b227-76eb-89af-3743db768814	9	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:55:14.36122+00
01a22126-b227-76eb-89af-3743db768814	10	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:55:14.384536+00
01a22126-b227-76eb-89af-3743db768814	11	01a22126-a009-7d38-b802-98e13fc010c2	succeeded	{}	2026-11-28 07:55:14.401128+00
01a22126-b500-724d-9db3-14194d8c1afb	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:14.472402+00
01a22126-b500-724d-9db3-14194d8c1afb	3	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:55:14.577567+00
01a22126-b500-724d-9db3-14194d8c1afb	4	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:55:14.72911+00
01a22126-b500-724d-9db3-14194d8c1afb	5	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:55:14.742887+00
01a22126-b500-724d-9db3-14194d8c1afb	6	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.044428, "step": 1, "phase": "training", "steps": 60, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null, "steps_per_second": null}	2026-11-28 07:55:14.885396+00
01a22126-b500-724d-9db3-14194d8c1afb	7	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.144323, "step": 2, "phase": "training", "steps": 60, "seconds_left": 3.1, "clipped_fraction": 0.004367, "seconds_per_step": 0.0537, "steps_per_second": 18.632}	2026-11-28 07:55:14.938795+00
01a22126-b500-724d-9db3-14194d8c1afb	8	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.181424, "step": 3, "phase": "training", "steps": 60, "seconds_left": 3.2, "clipped_fraction": 0.005459, "seconds_per_step": 0.0554, "steps_per_second": 18.046}	2026-11-28 07:55:14.995812+00
01a22126-b500-724d-9db3-14194d8c1afb	9	01a22126-a009-7d38-b802-98e13fc010c2	progress	{"loss": 2.153296, "step": 4, "phase": "training", "steps": 60, "seconds_left": 3.2, "clipped_fraction": 0.007205, "seconds_per_step": 0.0572, "steps_per_second": 17.495}	2026-11-28 07:55:15.113114+00
01a22126-b500-724d-9db3-14194d8c1afb	10	01a22126-a009-7d38-b802-98e13fc010c2	pausing	{}	2026-11-28 07:55:15.13085+00
01a22126-b500-724d-9db3-14194d8c1afb	11	01a22126-a009-7d38-b802-98e13fc010c2	paused	{}	2026-11-28 07:55:15.178472+00
01a22126-b792-7cf3-8062-9f12a76b0c68	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:15.200328+00
01a22126-b799-7a53-8ae9-694aa65aefc2	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:15.222167+00
01a22126-b7a8-768a-8a33-47b7624ab6a7	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:15.238048+00
01a22126-b7bb-7002-871e-3c6fce7eee65	1	01a22126-a009-7d38-b802-98e13fc010c2	queued	{}	2026-11-28 07:55:15.264224+00
01a22126-b7bb-7001-a2f4-0b6cc0e6ffd8	1	01a22126-a009-7d38-b802-98e13fc010c2	blocked	{}	2026-11-28 07:55:15.264224+00
\.


--
-- Data for Name: job_inputs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_inputs (job_id, input_id, tenant_id) FROM stdin;
01a22126-a1b3-73db-b55a-0f4a0338bf8c	01a22126-a161-74aa-a360-a74e9f468d7e	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-a1b3-73db-b55a-0f4a0338bf8c	01a22126-a191-7862-bd16-73826689eba8	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-a231-7315-8067-ac8b5cef564d	01a22126-a1ec-7a0f-8306-5bcfe3943acf	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b227-76eb-89af-3743db768814	01a22126-aba4-7fee-80e7-74f6fbd9cbe1	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b500-724d-9db3-14194d8c1afb	01a22126-b4f1-7221-97d2-831470ac442f	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b500-724d-9db3-14194d8c1afb	01a22126-b4fd-7717-b078-8ef248f72a88	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b792-7cf3-8062-9f12a76b0c68	01a22126-b78f-70fd-ab82-707c489e1e47	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b792-7cf3-8062-9f12a76b0c68	01a22126-b787-702a-8524-be20c4a18c4a	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b799-7a53-8ae9-694aa65aefc2	01a22126-aba4-7fee-80e7-74f6fbd9cbe1	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b7a8-768a-8a33-47b7624ab6a7	01a22126-b7a3-7f79-8b31-152a06e5d079	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b7bb-7002-871e-3c6fce7eee65	01a22126-b7b1-7c4e-8b4d-477fa0ebcaac	01a22126-a009-7d38-b802-98e13fc010c2
01a22126-b7bb-7002-871e-3c6fce7eee65	01a22126-b7b9-7cf7-98bb-c1b533360e3e	01a22126-a009-7d38-b802-98e13fc010c2
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
061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a	priors/061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a/1	1	\N	2026-11-28 07:55:10.969681+00
\.


--
-- Data for Name: tenant_loads; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tenant_loads (tenant_id, running, pending, served_seconds, weight, max_running, max_pending, batch_pending, max_batch_pending) FROM stdin;
01a22126-a009-7d38-b802-98e13fc010c2	0	4	5.080047999999998	1	2	1000	2	100000
\.


--
-- Data for Name: usage; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.usage (job_id, tenant_id, kind, device_seconds, created_at) FROM stdin;
01a22126-a1b3-73db-b55a-0f4a0338bf8c	01a22126-a009-7d38-b802-98e13fc010c2	fine_tune	2.398	2026-11-28 07:55:12.175623+00
01a22126-a231-7315-8067-ac8b5cef564d	01a22126-a009-7d38-b802-98e13fc010c2	edit	1.522	2026-11-28 07:55:13.734156+00
01a22126-b227-76eb-89af-3743db768814	01a22126-a009-7d38-b802-98e13fc010c2	generation	0.551	2026-11-28 07:55:14.401128+00
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
recorder:cpu	2026-11-28 07:55:09.785536+00	2026-11-28 07:55:15.186+00
\.


--
-- Name: fencing_tokens; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.fencing_tokens', 4, true);


--
-- PostgreSQL database dump complete
--

\unrestrict recording

