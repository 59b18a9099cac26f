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
01a220ff-dede-70ef-9cbf-dcf458ee806f	tenant-8f01b076	2026-11-28 07:12:49.38661+00
\.


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_keys (id, tenant_id, name, digest, created_at, revoked_at) FROM stdin;
01a220ff-df21-7f81-b35b-561fbeb9e2ae	01a220ff-dede-70ef-9cbf-dcf458ee806f	default	\\x97506d216100c6b79b6a7b4e2c54304837a1a74e5ef623acd882c38d720e4495	2026-11-28 07:12:49.429445+00	\N
\.


--
-- Data for Name: batches; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.batches (id, tenant_id, name, lines, sha256, created_at, canceled_at, ended_at) FROM stdin;
01a22100-00ac-7fed-ac2d-9506f66d3e6a	01a220ff-dede-70ef-9cbf-dcf458ee806f	\N	2	0000000000000000000000000000000000000000000000000000000000000000	2026-11-28 07:12:58.028468+00	\N	\N
\.


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.jobs (id, tenant_id, kind, state, spec, fingerprint, result, error, phase, step, steps, event_seq, estimate_seconds, device_seconds, available_at, attempt, token, worker, lease_until, created_at, claimed_at, started_at, ended_at, priority, urgent_at, expires_at, avoided_worker, avoided_until, interrupted_at, batch_id, custom_id, line) FROM stdin;
01a220ff-e05a-7520-8973-8caf8bdd5c98	01a220ff-dede-70ef-9cbf-dcf458ee806f	fine_tune	succeeded	{"base": "tiny", "name": "dog", "seed": 1, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gfzr0qf77rr1zfzq2y8z0t", "img_01m8gfzr1te6cbsd098anvbx2m"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8gfztgbemga5cmkn5saj7r9", "base": "tiny", "name": "dog", "bytes": 43880}, "warnings": []}	\N	\N	4	4	13	1.2	0	2026-11-28 07:12:49.646302+00	1	\N	\N	\N	2026-11-28 07:12:49.646302+00	2026-11-28 07:12:49.969233+00	2026-11-28 07:12:49.969233+00	2026-11-28 07:12:52.242429+00	training	2026-11-28 07:13:49.646302+00	\N	\N	\N	\N	\N	\N	\N
01a220ff-e0dc-74db-81fd-b46703ecdd8d	01a220ff-dede-70ef-9cbf-dcf458ee806f	edit	succeeded	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8gfzr5nf69bvm3rvsy35d4w", "slerp": 0.0, "steps": 3, "sha256": "024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"shift": {"id": "shf_01m8gfzwvjfswtemff5m2j7f0h", "base": "tiny", "name": "a photo of a dog", "bytes": 43856, "trained": true}, "images": [{"id": "pic_01m8gfzws6f4kajt6fyp13r693", "key": "tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe0dc74db81fdb46703ecdd8d/2/01a220fff3267926a968cff5823c1923", "seed": 5, "width": 32, "height": 32, "prompt": "a photo of a red cat"}, {"id": "pic_01m8gfzwt0emnrepd9we11dpc2", "key": "tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe0dc74db81fdb46703ecdd8d/2/01a220fff340752b8759a9e38216d982", "seed": 6, "width": 32, "height": 32, "prompt": "a dog in the snow"}], "warnings": []}	\N	\N	6	6	22	2.6999999999999997	0	2026-11-28 07:12:49.86214+00	1	\N	\N	\N	2026-11-28 07:12:49.86214+00	2026-11-28 07:12:52.419548+00	2026-11-28 07:12:52.419548+00	2026-11-28 07:12:54.646895+00	training	2026-11-28 07:13:49.86214+00	\N	\N	\N	\N	\N	\N	\N
01a220ff-f3cd-791b-a432-f8454a178de9	01a220ff-dede-70ef-9cbf-dcf458ee806f	generation	succeeded	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8gfztgbemga5cmkn5saj7r9", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"images": [{"id": "pic_01m8gfzyjgff187s6g9eherebd", "key": "tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220fff3cd791ba432f8454a178de9/3/01a220fffa507bc283e4d04ba2ec396d", "seed": 5, "width": 32, "height": 32}, {"id": "pic_01m8gfzykxe3e83gx1mmrv9m1m", "key": "tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220fff3cd791ba432f8454a178de9/3/01a220fffa7d70dc81c3a1a531b4d034", "seed": 6, "width": 32, "height": 32}], "warnings": []}	\N	\N	3	3	11	0.30000000000000004	0	2026-11-28 07:12:54.717141+00	1	\N	\N	\N	2026-11-28 07:12:54.717141+00	2026-11-28 07:12:55.756725+00	2026-11-28 07:12:55.756725+00	2026-11-28 07:12:56.477507+00	interactive	2026-11-28 07:12:54.717141+00	\N	\N	\N	\N	\N	\N	\N
01a220ff-ffef-7634-9089-cddb0793f33d	01a220ff-dede-70ef-9cbf-dcf458ee806f	generation	queued	{"n": 2, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 5, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"id": "shf_01m8gfztgbemga5cmkn5saj7r9", "weight": 1.0}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.30000000000000004	0	2026-11-28 07:12:57.821168+00	0	\N	\N	\N	2026-11-28 07:12:57.821168+00	\N	\N	\N	interactive	2026-11-28 07:12:57.821168+00	\N	\N	\N	\N	\N	\N	\N
01a220ff-fb31-714c-b2fb-57861e7dcdda	01a220ff-dede-70ef-9cbf-dcf458ee806f	fine_tune	paused	{"base": "tiny", "name": "dog", "seed": 1, "steps": 60, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gfzyrafmrvwpbrsqynadwc", "img_01m8gfzyrve7d8w035bccp9bx6"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	4	60	11	18	0.95811	2026-11-28 07:12:56.56893+00	0	\N	\N	\N	2026-11-28 07:12:56.56893+00	2026-11-28 07:12:56.696123+00	2026-11-28 07:12:56.696123+00	\N	training	2026-11-28 07:13:56.56893+00	\N	\N	\N	\N	\N	\N	\N
01a220ff-ffb8-722b-bf54-f1be4d6507fa	01a220ff-dede-70ef-9cbf-dcf458ee806f	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 2, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gfzzwjf9kbzgf0d8e9vmtf", "img_01m8gfzzxce5c9phf4kadttnmz"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:12:57.727373+00	0	\N	\N	\N	2026-11-28 07:12:57.727373+00	\N	\N	\N	training	2026-11-28 07:13:57.727373+00	\N	\N	\N	\N	\N	\N	\N
01a22100-0038-75ac-a0f8-f1d104926484	01a220ff-dede-70ef-9cbf-dcf458ee806f	edit	queued	{"eta": 0.0, "base": "tiny", "seed": 5, "image": "img_01m8gg000per0rtxx80g6ab996", "slerp": 0.0, "steps": 3, "sha256": "2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d", "prompts": ["a photo of a red cat", "a dog in the snow"], "guidance": 3.0, "training": {"seed": 0, "steps": 6, "batch_size": 2, "text_encoder": true, "learning_rate": 0.01, "max_grad_norm": 1.0, "learning_rate_1d": 0.01, "text_encoder_learning_rate_scale": 1.0}, "inversion": true, "description": "a photo of a dog", "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "refinements": 1, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	6	1	2.6999999999999997	0	2026-11-28 07:12:57.899281+00	0	\N	\N	\N	2026-11-28 07:12:57.899281+00	\N	\N	\N	training	2026-11-28 07:13:57.899281+00	\N	\N	\N	\N	\N	\N	\N
01a22100-008d-7002-a335-c9e90661ace7	01a220ff-dede-70ef-9cbf-dcf458ee806f	fine_tune	queued	{"base": "tiny", "name": "dog", "seed": 3, "steps": 4, "method": "svdiff", "subjects": [{"class": "dog", "token": "sks", "images": ["img_01m8gg0037edhvf7gjdr4nhmks", "img_01m8gg003ve4fawv048me83g2n"], "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}], "ema_decay": 0.0, "batch_size": 2, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "prior_count": 3, "prior_steps": 2, "sample_every": 0, "sample_steps": 3, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "early_stopping": null, "prior_guidance": 7.5, "sample_prompts": ["a photo of a sks dog"], "sample_guidance": 4.0, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	4	1	1.2	0	2026-11-28 07:12:58.028468+00	0	\N	\N	\N	2026-11-28 07:12:58.028468+00	\N	\N	\N	batch	2026-11-28 07:22:58.028468+00	\N	\N	\N	\N	01a22100-00ac-7fed-ac2d-9506f66d3e6a	train	2
01a22100-008d-7001-84d2-1df98c6184f4	01a220ff-dede-70ef-9cbf-dcf458ee806f	generation	blocked	{"n": 1, "eta": 0.0, "base": "tiny", "mode": "add", "seed": 3, "steps": 3, "width": 32, "height": 32, "prompt": "a photo of a sks dog", "shifts": [{"weight": 1.0, "fine_tune": "job_01m8gg004de01a6de9x4363b77"}], "guidance": 4.0, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "shift_start": 0.0, "negative_prompt": ""}	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	\N	\N	\N	0	3	1	0.15000000000000002	0	2026-11-28 07:12:58.028468+00	0	\N	\N	\N	2026-11-28 07:12:58.028468+00	\N	\N	\N	batch	2026-11-28 07:22:58.028468+00	\N	\N	\N	\N	01a22100-00ac-7fed-ac2d-9506f66d3e6a	with	1
\.


--
-- Data for Name: artifacts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.artifacts (id, tenant_id, kind, job_id, object_key, media_type, bytes, sha256, details, created_at) FROM stdin;
01a220ff-dffe-7115-ab2b-2ecb81428b67	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220ffdffe7115ab2b2ecb81428b67	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:12:49.646302+00
01a220ff-e02b-768c-9447-7f216c529aec	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220ffe02b768c94477f216c529aec	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:12:49.646302+00
01a220ff-e0aa-76fc-a133-247a105c7dab	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220ffe0aa76fca133247a105c7dab	image/png	461	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	{}	2026-11-28 07:12:49.826197+00
01a220ff-e9f1-7e0c-ab88-e91b8bf4f8a1	01a220ff-dede-70ef-9cbf-dcf458ee806f	shift	01a220ff-e05a-7520-8973-8caf8bdd5c98	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe05a752089738caf8bdd5c98/1/01a220ffe9f17e0cab88e91b8bf4f8a1	application/octet-stream	43880	4d89ab83946440391cb0fb5029a71e6e5720020eb1068829465aea4a72ea06e8	{"method": "svdiff"}	2026-11-28 07:12:52.242429+00
01a220ff-f368-77f7-b4c7-8bb579669378	01a220ff-dede-70ef-9cbf-dcf458ee806f	shift	01a220ff-e0dc-74db-81fd-b46703ecdd8d	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe0dc74db81fdb46703ecdd8d/2/01a220fff36877f7b4c78bb579669378	application/octet-stream	43856	9d515139d73461fbdde04f198d53da8e5846d8faeb685d505b51cd4faa199674	{"method": "svdiff"}	2026-11-28 07:12:54.646895+00
01a220ff-f326-7926-a968-cff5823c1923	01a220ff-dede-70ef-9cbf-dcf458ee806f	picture	01a220ff-e0dc-74db-81fd-b46703ecdd8d	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe0dc74db81fdb46703ecdd8d/2/01a220fff3267926a968cff5823c1923	image/png	3363	6c87cec8bbbebe686246e6da0480a5c7fcb17886cdc3802f4174e293f4e47bae	{}	2026-11-28 07:12:54.646895+00
01a220ff-f340-752b-8759-a9e38216d982	01a220ff-dede-70ef-9cbf-dcf458ee806f	picture	01a220ff-e0dc-74db-81fd-b46703ecdd8d	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220ffe0dc74db81fdb46703ecdd8d/2/01a220fff340752b8759a9e38216d982	image/png	3369	d1d5e567ee1eda918bdcb7c9e45cba5757b8a79f5534ddd29b20ec17e76e8cf5	{}	2026-11-28 07:12:54.646895+00
01a220ff-fa50-7bc2-83e4-d04ba2ec396d	01a220ff-dede-70ef-9cbf-dcf458ee806f	picture	01a220ff-f3cd-791b-a432-f8454a178de9	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220fff3cd791ba432f8454a178de9/3/01a220fffa507bc283e4d04ba2ec396d	image/png	3099	7d394237656e74fe2fc88471cb333ae56ce499131d91b7fea83dced63f730014	{}	2026-11-28 07:12:56.477507+00
01a220ff-fa7d-70dc-81c3-a1a531b4d034	01a220ff-dede-70ef-9cbf-dcf458ee806f	picture	01a220ff-f3cd-791b-a432-f8454a178de9	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220fff3cd791ba432f8454a178de9/3/01a220fffa7d70dc81c3a1a531b4d034	image/png	3131	262c0d9144181b99ab1adb901f35201338b33c8eed412c015daf9db0a04ea895	{}	2026-11-28 07:12:56.477507+00
01a220ff-fafc-79a9-8251-de84c597f799	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220fffafc79a98251de84c597f799	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:12:56.56893+00
01a220ff-fb11-73f9-966c-6d06dff1fc78	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220fffb1173f9966c6d06dff1fc78	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:12:56.56893+00
01a220ff-ff24-7624-89b8-4d03a035ee35	01a220ff-dede-70ef-9cbf-dcf458ee806f	training_state	01a220ff-fb31-714c-b2fb-57861e7dcdda	tenants/01a220ffdede70ef9cbfdcf458ee806f/jobs/01a220fffb31714cb2fb57861e7dcdda/4/01a220ffff24762489b84d03a035ee35	application/octet-stream	87816	bd0f594fd4159a91b59f728c3caad0296efa14c0faa54c7bf01610830aa0e0a2	{}	2026-11-28 07:12:57.644439+00
01a220ff-ff80-7355-a4ba-b6630295516b	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220ffff807355a4bab6630295516b	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:12:57.727373+00
01a220ff-ff9a-7898-b776-88aba4264a9f	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a220ffff9a7898b77688aba4264a9f	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:12:57.727373+00
01a22100-0009-7c30-bbda-c3de8e40737c	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a2210000097c30bbdac3de8e40737c	image/png	439	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	{}	2026-11-28 07:12:57.860207+00
01a22100-0057-76ae-a51f-51b5a6f94630	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a22100005776aea51f51b5a6f94630	image/png	440	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	{}	2026-11-28 07:12:57.942255+00
01a22100-006e-7483-873b-7bb9380faca4	01a220ff-dede-70ef-9cbf-dcf458ee806f	upload	\N	tenants/01a220ffdede70ef9cbfdcf458ee806f/images/01a22100006e7483873b7bb9380faca4	image/png	463	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	{}	2026-11-28 07:12:57.942255+00
\.


--
-- Data for Name: bases; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bases (id, name, revision, current, fingerprint, source, source_revision, manifest, created_at, retired_at, singular_values_key) FROM stdin;
01a220ff-dece-7087-8ecd-0c0b3d5f3b28	tiny	1	t	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	tiny	\N	{"judge": null, "family": "stable-diffusion", "fine_tune": {"steps": 4, "ema_decay": 0.0, "batch_size": 2, "prior_count": 3, "prior_steps": 2, "text_encoder": true, "unmix_layers": "", "unmix_weight": 0.05, "learning_rate": 0.01, "max_grad_norm": 1.0, "prior_guidance": 7.5, "learning_rate_1d": 0.01, "prior_companions": "", "cut_mix_min_scale": 1.0, "prior_loss_weight": 1.0, "cut_mix_probability": 0.6, "text_encoder_learning_rate_scale": 1.0}, "generation": {"eta": 0.0, "steps": 3, "guidance": 4.0, "max_side": 64, "shift_start": 0.0}, "resolution": 32, "fingerprint": "svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b", "size_multiple": 8, "geometry_layers": []}	2026-11-28 07:12:49.314026+00	\N	spectra/svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b
\.


--
-- Data for Name: shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.shifts (id, tenant_id, artifact_id, name, base_name, fingerprint, words, created_at) FROM stdin;
01a220ff-ea0b-7520-a2b2-93a972a91f09	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-e9f1-7e0c-ab88-e91b8bf4f8a1	dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "dog", "token": "sks", "class_prompt": "a photo of a dog", "instance_prompt": "a photo of a sks dog"}]}	2026-11-28 07:12:52.242429+00
01a220ff-f372-7e79-a751-ef2d0523bc11	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-f368-77f7-b4c7-8bb579669378	a photo of a dog	tiny	svd1-2b1f1c1f74ca0e880cffe5a394ddbb793c1b4d344aa5808003b30799be49624b	{"subjects": [{"class": "", "token": "", "class_prompt": "", "instance_prompt": "a photo of a dog"}]}	2026-11-28 07:12:54.646895+00
\.


--
-- Data for Name: edit_shifts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.edit_shifts (tenant_id, key, shift_id, created_at) FROM stdin;
01a220ff-dede-70ef-9cbf-dcf458ee806f	31e0a9d7dcc552c6706cb1c7849824a14281391c1ab93ae11bbed301ac19fcaa	01a220ff-f372-7e79-a751-ef2d0523bc11	2026-11-28 07:12:54.646895+00
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
01a220ff-e017-79cf-8c07-effdc5e47c1a	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-dffe-7115-ab2b-2ecb81428b67	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:12:49.646302+00
01a220ff-e03a-7198-bcb4-0942abb5f454	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-e02b-768c-9447-7f216c529aec	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:12:49.646302+00
01a220ff-e0b5-7992-bdd0-78de7c32b49c	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-e0aa-76fc-a133-247a105c7dab	024bf3313f15db0f584290312c355453d7084619db0a65b8c5cbc21291cd4b4b	96	80	2026-11-28 07:12:49.826197+00
01a220ff-fb0a-7d31-be59-78cdfd55378c	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-fafc-79a9-8251-de84c597f799	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:12:56.56893+00
01a220ff-fb1b-71da-8e00-655b1964afa6	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-fb11-73f9-966c-6d06dff1fc78	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:12:56.56893+00
01a220ff-ff92-7a66-bfc1-e06a1c9dd34f	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-ff80-7355-a4ba-b6630295516b	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:12:57.727373+00
01a220ff-ffac-7158-9b45-e49a9bad569f	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a220ff-ff9a-7898-b776-88aba4264a9f	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:12:57.727373+00
01a22100-0016-7601-8d77-a8040ca5a526	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a22100-0009-7c30-bbda-c3de8e40737c	2e0c9cb1f4f75850c4802e39555a140e6015361957df0286b5dfb12c64ee754d	96	80	2026-11-28 07:12:57.860207+00
01a22100-0067-7363-b79e-126e0958d279	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a22100-0057-76ae-a51f-51b5a6f94630	a8ee0cb349885f7f8c4b66748a649add0d9f21fc266a2540a825cef037fe9c89	96	80	2026-11-28 07:12:57.942255+00
01a22100-007b-711e-ae6c-04451c81c055	01a220ff-dede-70ef-9cbf-dcf458ee806f	01a22100-006e-7483-873b-7bb9380faca4	e1f70b61d15972e6f1a386fa483955c8398b10a82a34aef12656392017282630	96	80	2026-11-28 07:12:57.942255+00
\.


--
-- Data for Name: job_dependencies; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_dependencies (job_id, needs_id, tenant_id) FROM stdin;
01a22100-008d-7001-84d2-1df98c6184f4	01a22100-008d-7002-a335-c9e90661ace7	01a220ff-dede-70ef-9cbf-dcf458ee806f
\.


--
-- Data for Name: job_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_events (job_id, seq, tenant_id, type, data, created_at) FROM stdin;
01a220ff-e05a-7520-8973-8caf8bdd5c98	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:49.646302+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:49.86214+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	2	01a220ff-dede-70ef-9cbf-dcf458ee806f	running	{"attempt": 1}	2026-11-28 07:12:49.968152+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	3	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:12:50.193285+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	4	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:12:50.655314+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	5	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 4}	2026-11-28 07:12:50.688871+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	6	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"of": 2, "done": 1, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:12:50.901407+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	7	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"of": 2, "done": 2, "step": 0, "phase": "prior", "steps": 4}	2026-11-28 07:12:51.012018+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	8	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.044428, "rate": null, "step": 1, "phase": "training", "steps": 4, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null}	2026-11-28 07:12:51.417538+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	9	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.144323, "rate": 5.685, "step": 2, "phase": "training", "steps": 4, "seconds_left": 0.4, "clipped_fraction": 0.004367, "seconds_per_step": 0.1759}	2026-11-28 07:12:51.59963+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	10	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.181424, "rate": 4.926, "step": 3, "phase": "training", "steps": 4, "seconds_left": 0.2, "clipped_fraction": 0.005459, "seconds_per_step": 0.203}	2026-11-28 07:12:51.827018+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	11	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.153296, "rate": 4.346, "step": 4, "phase": "training", "steps": 4, "seconds_left": 0.0, "clipped_fraction": 0.007205, "seconds_per_step": 0.2301}	2026-11-28 07:12:52.128145+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	12	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 4, "phase": "saving", "steps": 4}	2026-11-28 07:12:52.157459+00
01a220ff-e05a-7520-8973-8caf8bdd5c98	13	01a220ff-dede-70ef-9cbf-dcf458ee806f	succeeded	{}	2026-11-28 07:12:52.242429+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	2	01a220ff-dede-70ef-9cbf-dcf458ee806f	running	{"attempt": 1}	2026-11-28 07:12:52.419268+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	3	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:12:52.440633+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	4	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 6}	2026-11-28 07:12:52.601556+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	5	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.14303, "rate": null, "step": 1, "phase": "training", "steps": 6, "seconds_left": null, "clipped_fraction": 0.003493, "seconds_per_step": null}	2026-11-28 07:12:52.850846+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	6	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.09505, "rate": 4.681, "step": 2, "phase": "training", "steps": 6, "seconds_left": 0.9, "clipped_fraction": 0.004367, "seconds_per_step": 0.2137}	2026-11-28 07:12:53.081591+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	7	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.093242, "rate": 4.737, "step": 3, "phase": "training", "steps": 6, "seconds_left": 0.6, "clipped_fraction": 0.005677, "seconds_per_step": 0.2111}	2026-11-28 07:12:53.281451+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	8	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.088685, "rate": 4.681, "step": 4, "phase": "training", "steps": 6, "seconds_left": 0.4, "clipped_fraction": 0.006332, "seconds_per_step": 0.2137}	2026-11-28 07:12:53.509197+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	9	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.177271, "rate": 4.737, "step": 5, "phase": "training", "steps": 6, "seconds_left": 0.2, "clipped_fraction": 0.00786, "seconds_per_step": 0.2111}	2026-11-28 07:12:53.632685+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	10	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 1.139041, "rate": 4.795, "step": 6, "phase": "training", "steps": 6, "seconds_left": 0.0, "clipped_fraction": 0.008515, "seconds_per_step": 0.2085}	2026-11-28 07:12:53.794601+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	11	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:12:53.826596+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	12	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 6, "phase": "loading", "steps": 6}	2026-11-28 07:12:53.952012+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	13	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": null, "step": 1, "phase": "sampling", "steps": 6, "seconds_left": null, "seconds_per_step": null}	2026-11-28 07:12:54.113101+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	14	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 9.271, "step": 2, "phase": "sampling", "steps": 6, "seconds_left": 0.4, "seconds_per_step": 0.1079}	2026-11-28 07:12:54.223024+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	15	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 9.809, "step": 3, "phase": "sampling", "steps": 6, "seconds_left": 0.3, "seconds_per_step": 0.1019}	2026-11-28 07:12:54.323483+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	16	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 10.414, "step": 4, "phase": "sampling", "steps": 6, "seconds_left": 0.2, "seconds_per_step": 0.096}	2026-11-28 07:12:54.398547+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	17	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 11.033, "step": 5, "phase": "sampling", "steps": 6, "seconds_left": 0.1, "seconds_per_step": 0.0906}	2026-11-28 07:12:54.453183+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	18	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 11.73, "step": 6, "phase": "sampling", "steps": 6, "seconds_left": 0.0, "seconds_per_step": 0.0852}	2026-11-28 07:12:54.517374+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	19	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:12:54.549295+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	20	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:12:54.572982+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	21	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 6, "phase": "saving", "steps": 6}	2026-11-28 07:12:54.606035+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	22	01a220ff-dede-70ef-9cbf-dcf458ee806f	succeeded	{}	2026-11-28 07:12:54.646895+00
01a220ff-f3cd-791b-a432-f8454a178de9	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:54.717141+00
01a220ff-f3cd-791b-a432-f8454a178de9	2	01a220ff-dede-70ef-9cbf-dcf458ee806f	running	{"attempt": 1}	2026-11-28 07:12:55.756569+00
01a220ff-f3cd-791b-a432-f8454a178de9	3	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:12:55.768557+00
01a220ff-f3cd-791b-a432-f8454a178de9	4	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 3}	2026-11-28 07:12:56.052716+00
01a220ff-f3cd-791b-a432-f8454a178de9	5	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": null, "step": 1, "phase": "sampling", "steps": 3, "seconds_left": null, "seconds_per_step": null}	2026-11-28 07:12:56.16234+00
01a220ff-f3cd-791b-a432-f8454a178de9	6	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 15.374, "step": 2, "phase": "sampling", "steps": 3, "seconds_left": 0.1, "seconds_per_step": 0.065}	2026-11-28 07:12:56.225337+00
01a220ff-f3cd-791b-a432-f8454a178de9	7	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"rate": 12.525, "step": 3, "phase": "sampling", "steps": 3, "seconds_left": 0.0, "seconds_per_step": 0.0798}	2026-11-28 07:12:56.328809+00
01a220ff-f3cd-791b-a432-f8454a178de9	8	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:12:56.384821+00
01a220ff-f3cd-791b-a432-f8454a178de9	9	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:12:56.420826+00
01a220ff-f3cd-791b-a432-f8454a178de9	10	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 3, "phase": "saving", "steps": 3}	2026-11-28 07:12:56.460079+00
01a220ff-f3cd-791b-a432-f8454a178de9	11	01a220ff-dede-70ef-9cbf-dcf458ee806f	succeeded	{}	2026-11-28 07:12:56.477507+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:56.56893+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	2	01a220ff-dede-70ef-9cbf-dcf458ee806f	running	{"attempt": 1}	2026-11-28 07:12:56.695935+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	3	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:12:56.714168+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	4	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:12:56.928017+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	5	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"step": 0, "phase": "loading", "steps": 60}	2026-11-28 07:12:56.9519+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	6	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.044428, "rate": null, "step": 1, "phase": "training", "steps": 60, "seconds_left": null, "clipped_fraction": 0.003712, "seconds_per_step": null}	2026-11-28 07:12:57.117618+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	7	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.144323, "rate": 8.037, "step": 2, "phase": "training", "steps": 60, "seconds_left": 7.2, "clipped_fraction": 0.004367, "seconds_per_step": 0.1244}	2026-11-28 07:12:57.234738+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	8	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.181424, "rate": 7.805, "step": 3, "phase": "training", "steps": 60, "seconds_left": 7.3, "clipped_fraction": 0.005459, "seconds_per_step": 0.1281}	2026-11-28 07:12:57.37149+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	9	01a220ff-dede-70ef-9cbf-dcf458ee806f	progress	{"loss": 2.153296, "rate": 7.586, "step": 4, "phase": "training", "steps": 60, "seconds_left": 7.4, "clipped_fraction": 0.007205, "seconds_per_step": 0.1318}	2026-11-28 07:12:57.5496+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	10	01a220ff-dede-70ef-9cbf-dcf458ee806f	pausing	{}	2026-11-28 07:12:57.576827+00
01a220ff-fb31-714c-b2fb-57861e7dcdda	11	01a220ff-dede-70ef-9cbf-dcf458ee806f	paused	{}	2026-11-28 07:12:57.651361+00
01a220ff-ffb8-722b-bf54-f1be4d6507fa	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:57.727373+00
01a220ff-ffef-7634-9089-cddb0793f33d	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:57.821168+00
01a22100-0038-75ac-a0f8-f1d104926484	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:57.899281+00
01a22100-008d-7002-a335-c9e90661ace7	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	queued	{}	2026-11-28 07:12:58.028468+00
01a22100-008d-7001-84d2-1df98c6184f4	1	01a220ff-dede-70ef-9cbf-dcf458ee806f	blocked	{}	2026-11-28 07:12:58.028468+00
\.


--
-- Data for Name: job_inputs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.job_inputs (job_id, input_id, tenant_id) FROM stdin;
01a220ff-e05a-7520-8973-8caf8bdd5c98	01a220ff-e03a-7198-bcb4-0942abb5f454	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-e05a-7520-8973-8caf8bdd5c98	01a220ff-e017-79cf-8c07-effdc5e47c1a	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-e0dc-74db-81fd-b46703ecdd8d	01a220ff-e0b5-7992-bdd0-78de7c32b49c	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-f3cd-791b-a432-f8454a178de9	01a220ff-ea0b-7520-a2b2-93a972a91f09	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-fb31-714c-b2fb-57861e7dcdda	01a220ff-fb0a-7d31-be59-78cdfd55378c	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-fb31-714c-b2fb-57861e7dcdda	01a220ff-fb1b-71da-8e00-655b1964afa6	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-ffb8-722b-bf54-f1be4d6507fa	01a220ff-ffac-7158-9b45-e49a9bad569f	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-ffb8-722b-bf54-f1be4d6507fa	01a220ff-ff92-7a66-bfc1-e06a1c9dd34f	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a220ff-ffef-7634-9089-cddb0793f33d	01a220ff-ea0b-7520-a2b2-93a972a91f09	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a22100-0038-75ac-a0f8-f1d104926484	01a22100-0016-7601-8d77-a8040ca5a526	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a22100-008d-7002-a335-c9e90661ace7	01a22100-007b-711e-ae6c-04451c81c055	01a220ff-dede-70ef-9cbf-dcf458ee806f
01a22100-008d-7002-a335-c9e90661ace7	01a22100-0067-7363-b79e-126e0958d279	01a220ff-dede-70ef-9cbf-dcf458ee806f
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
061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a	priors/061096d579c0a8fdbb7b1a0316719f2b97ecb9f888a80e2a3a7dbb6e7987322a/1	1	\N	2026-11-28 07:12:50.718203+00
\.


--
-- Data for Name: tenant_loads; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tenant_loads (tenant_id, running, pending, served_seconds, weight, max_running, max_pending, batch_pending, max_batch_pending) FROM stdin;
01a220ff-dede-70ef-9cbf-dcf458ee806f	0	4	6.252746999999999	1	2	1000	2	100000
\.


--
-- Data for Name: usage; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.usage (job_id, tenant_id, kind, device_seconds, created_at) FROM stdin;
01a220ff-e05a-7520-8973-8caf8bdd5c98	01a220ff-dede-70ef-9cbf-dcf458ee806f	fine_tune	2.311	2026-11-28 07:12:52.242429+00
01a220ff-e0dc-74db-81fd-b46703ecdd8d	01a220ff-dede-70ef-9cbf-dcf458ee806f	edit	2.247	2026-11-28 07:12:54.646895+00
01a220ff-f3cd-791b-a432-f8454a178de9	01a220ff-dede-70ef-9cbf-dcf458ee806f	generation	0.737	2026-11-28 07:12:56.477507+00
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
recorder:cpu	2026-11-28 07:12:49.956824+00	2026-11-28 07:12:57.702829+00
\.


--
-- Name: fencing_tokens; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.fencing_tokens', 4, true);


--
-- PostgreSQL database dump complete
--

\unrestrict recording

