"""What is not valid is refused with a pointer to it, and never with a 500."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from service.bases import Manifest, register
from service.infra.database import Database
from tests.api.conftest import Hands, Worker, picture
from tests.api.problems import assert_problem
from tests.conftest import Customer

GENERATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("an empty prompt", {"prompt": ""}, "/prompt"),
    ("a blank prompt", {"prompt": " \n"}, "/prompt"),
    ("a prompt of 1,001 characters", {"prompt": "x" * 1001}, "/prompt"),
    ("a prompt that is a number", {"prompt": 3}, "/prompt"),
    ("NUL in a prompt", {"prompt": "a\0b"}, "/prompt"),
    ("NUL in a negative prompt", {"negative_prompt": "\0"}, "/negative_prompt"),
    ("NUL in the base", {"base": "ti\0ny"}, "/base"),
    ("an unknown base", {"base": "nothing"}, "/base"),
    ("no pictures", {"n": 0}, "/n"),
    ("17 pictures", {"n": 17}, "/n"),
    ("a boolean for an integer", {"n": True}, "/n"),
    ("a text for an integer", {"n": "1"}, "/n"),
    ("half a picture", {"n": 1.5}, "/n"),
    ("a negative seed", {"seed": -1}, "/seed"),
    ("a seed past 2^48", {"seed": 2**48 + 1}, "/seed"),
    ("a seed of 100 digits", {"seed": 10**100}, "/seed"),
    ("no steps", {"steps": 0}, "/steps"),
    ("201 steps", {"steps": 201}, "/steps"),
    ("guidance past 30", {"guidance": 30.1}, "/guidance"),
    ("a boolean for a number", {"guidance": True}, "/guidance"),
    ("eta past 1", {"eta": 1.01}, "/eta"),
    ("shifts that never start", {"shift_start": 1.0}, "/shift_start"),
    ("a side of 4", {"width": 4}, "/width"),
    ("a side of 4,096", {"height": 4096}, "/height"),
    ("a side that the base cannot make", {"width": 60}, "/width"),
    ("an unknown mode", {"mode": "multiply"}, "/mode"),
    ("an unknown field", {"promt": "x"}, "/promt"),
    ("shifts that are no list", {"shifts": "shf_1"}, "/shifts"),
    ("an unknown shift", {"shifts": [{"id": "shf_" + "0" * 26, "weight": 1}]}, "/shifts/0/id"),
    ("a shift that is a job", {"shifts": [{"id": "job_" + "0" * 26, "weight": 1}]}, "/shifts/0/id"),
    ("NUL in an id", {"shifts": [{"id": "shf_\0", "weight": 1}]}, "/shifts/0/id"),
    ("a weight of 1e9", {"shifts": [{"id": "shf_a", "weight": 1e9}]}, "/shifts/0/weight"),
    ("a weight of -1e9", {"shifts": [{"id": "shf_a", "weight": -1e9}]}, "/shifts/0/weight"),
    ("an unknown subset", {"shifts": [{"id": "shf_a", "subset": "3-D"}]}, "/shifts/0/subset"),
    ("unknown layers", {"shifts": [{"id": "shf_a", "layers": "texture"}]}, "/shifts/0/layers"),
    ("an unknown block", {"shifts": [{"id": "shf_a", "blocks": {"left": 1}}]}, "/shifts/0/blocks/left"),
    ("a block's weight of 5", {"shifts": [{"id": "shf_a", "blocks": {"up": 5}}]}, "/shifts/0/blocks/up"),
    ("a rank of 0", {"shifts": [{"id": "shf_a", "rank_limit": 0}]}, "/shifts/0/rank_limit"),
    ("a boolean for a weight", {"shifts": [{"id": "shf_a", "weight": True}]}, "/shifts/0/weight"),
    ("the same shift twice", {"shifts": [{"id": "shf_a"}, {"id": "shf_a"}]}, "/shifts"),
    ("17 shifts", {"shifts": [{"id": f"shf_{i}"} for i in range(17)]}, "/shifts"),
    ("a shift twice", {"shifts": [{"id": "a"}, {"id": "a", "weight": 2, "subset": "all"}]}, "/shifts"),
    ("a part twice", {"shifts": [{"id": "a", "layers": "rest"}, {"id": "a", "layers": "rest"}]}, "/shifts"),
    ("interpolation of nothing", {"mode": "interpolate"}, "/shifts"),
    (
        "interpolation that sums to 2",
        {"mode": "interpolate", "shifts": [{"id": "a", "weight": 1}, {"id": "b", "weight": 1}]},
        "/shifts",
    ),
    (
        "interpolation past an end",
        {"mode": "interpolate", "shifts": [{"id": "a", "weight": -1}, {"id": "b", "weight": 2}]},
        "/shifts",
    ),
]


@pytest.mark.parametrize(("fields", "pointer"), [case[1:] for case in GENERATIONS], ids=[c[0] for c in GENERATIONS])
def test_a_generation_that_cannot_be_meant_is_refused(
    fields: dict[str, Any], pointer: str, client: TestClient, base: str, alice: Customer
) -> None:
    """422 that points to the field."""
    body = {"base": base, "prompt": "a cat"} | fields
    assert_problem(client.post("/v1/generations", json=body, headers=alice.headers), pointer)


def second(body: dict[str, Any], **words: Any) -> None:
    """Add another subject, whose words and pictures may be spoiled."""
    good = {"instance_prompt": "a zwx dog", "class_prompt": "a dog", "images": body["subjects"][0]["images"]}
    body["subjects"].append(good | words)


FINE_TUNES: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("no subjects", lambda b: b.update(subjects=[]), "/subjects"),
    ("four subjects", lambda b: b.update(subjects=[*b["subjects"] * 4]), "/subjects"),
    ("two subjects of one token", lambda b: b["subjects"].append(b["subjects"][0]), "/subjects/1/token"),
    ("a second subject whose token cannot be told", lambda b: second(b, instance_prompt="my cat"), "/subjects/1/token"),
    (
        "a second subject whose class cannot be told",
        lambda b: second(b, instance_prompt="a dog zwx"),
        "/subjects/1/class",
    ),
    ("a second subject without its token", lambda b: second(b, token="dax"), "/subjects/1/token"),
    ("an unknown picture of the second", lambda b: second(b, images=["img_" + "0" * 26]), "/subjects/1/images/0"),
    ("a share above 1", lambda b: b.update(cut_mix_probability=1.01), "/cut_mix_probability"),
    ("a negative unmix weight", lambda b: b.update(unmix_weight=-0.1), "/unmix_weight"),
    ("layers that only the base chooses", lambda b: b.update(unmix_layers="mid_block"), "/unmix_layers"),
    ("no images", lambda b: b["subjects"][0].update(images=[]), "/subjects/0/images"),
    (
        "the same image twice",
        lambda b: b["subjects"][0]["images"].append(*b["subjects"][0]["images"]),
        "/subjects/0/images",
    ),
    ("33 images", lambda b: b["subjects"][0].update(images=[f"img_{i}" for i in range(33)]), "/subjects/0/images"),
    ("an unknown image", lambda b: b["subjects"][0]["images"].append("img_" + "0" * 26), "/subjects/0/images/1"),
    ("an image that is a number", lambda b: b["subjects"][0]["images"].append(1), "/subjects/0/images/1"),
    ("no class prompt", lambda b: b["subjects"][0].pop("class_prompt"), "/subjects/0/class_prompt"),
    ("a blank instance prompt", lambda b: b["subjects"][0].update(instance_prompt=" "), "/subjects/0/instance_prompt"),
    ("a token that no prompt has", lambda b: b["subjects"][0].update(token="zwx"), "/subjects/0/token"),
    ("NUL in the class", lambda b: b["subjects"][0].update({"class": "c\0t"}), "/subjects/0/class"),
    ("a class by its name inside", lambda b: b["subjects"][0].update(class_word="cat"), "/subjects/0/class_word"),
    ("no base", lambda b: b.pop("base"), "/base"),
    ("an unknown base", lambda b: b.update(base="nothing"), "/base"),
    ("an unknown method", lambda b: b.update(method="lora"), "/method"),
    ("NUL in the name", lambda b: b.update(name="T\0m"), "/name"),
    ("a name of 101 characters", lambda b: b.update(name="x" * 101), "/name"),
    ("no steps", lambda b: b.update(steps=0), "/steps"),
    ("4,001 steps", lambda b: b.update(steps=4001), "/steps"),
    ("a batch of 17", lambda b: b.update(batch_size=17), "/batch_size"),
    ("a rate of 0", lambda b: b.update(learning_rate=0), "/learning_rate"),
    ("a rate of 2", lambda b: b.update(learning_rate_1d=2), "/learning_rate_1d"),
    ("1 for true", lambda b: b.update(text_encoder=1), "/text_encoder"),
    ("a negative clip", lambda b: b.update(max_grad_norm=-1), "/max_grad_norm"),
    ("a prior weight of 101", lambda b: b.update(prior_loss_weight=101), "/prior_loss_weight"),
    ("1,001 prior pictures", lambda b: b.update(prior_count=1001), "/prior_count"),
    ("samples before every step", lambda b: b.update(sample_every=-1), "/sample_every"),
    ("samples 101 times", lambda b: b.update(steps=202, sample_every=2), "/sample_every"),
    ("no sample prompt", lambda b: b.update(sample_prompts=[]), "/sample_prompts"),
    ("five sample prompts", lambda b: b.update(sample_prompts=["x"] * 5), "/sample_prompts"),
    ("a blank sample prompt", lambda b: b.update(sample_prompts=["x", " "]), "/sample_prompts/1"),
    ("a stop without prompts", lambda b: b.update(early_stopping={"prompts": []}), "/early_stopping/prompts"),
    ("a stop of nine prompts", lambda b: b.update(early_stopping={"prompts": ["x"] * 9}), "/early_stopping/prompts"),
    (
        "a stop of a blank prompt",
        lambda b: b.update(early_stopping={"prompts": ["x", " "]}),
        "/early_stopping/prompts/1",
    ),
    ("a stop every 0 steps", lambda b: b.update(early_stopping={"every": 0}), "/early_stopping/every"),
    ("a stop without patience", lambda b: b.update(early_stopping={"patience": 0}), "/early_stopping/patience"),
    ("a stop that wants less", lambda b: b.update(early_stopping={"min_delta": -0.1}), "/early_stopping/min_delta"),
    ("a weight above 1", lambda b: b.update(early_stopping={"text_weight": 1.1}), "/early_stopping/text_weight"),
    ("a stop of a later version", lambda b: b.update(early_stopping={"metric": "clip"}), "/early_stopping/metric"),
    ("a stop that is a number", lambda b: b.update(early_stopping=100), "/early_stopping"),
    ("a field of a later version", lambda b: b.update(cut_mix=True), "/cut_mix"),
]


@pytest.mark.parametrize(("spoil", "pointer"), [case[1:] for case in FINE_TUNES], ids=[c[0] for c in FINE_TUNES])
def test_a_fine_tune_that_cannot_be_meant_is_refused(
    spoil: Callable[[dict[str, Any]], Any], pointer: str, client: TestClient, hands: Hands, alice: Customer
) -> None:
    """422 that points to the field, and no job."""
    body = hands.fine_tune_body(hands.upload(alice))
    spoil(body)
    assert_problem(client.post("/v1/fine-tunes", json=body, headers=alice.headers), pointer)
    assert client.get("/v1/jobs", headers=alice.headers).json()["data"] == []


def header_of_png(width: int, height: int) -> bytes:
    """The first bytes of a PNG that claims this size and has next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def svg() -> bytes:
    """A picture of a kind that is not taken."""
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def eps() -> bytes:
    """A picture of a kind whose decoder runs a program."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (8, 8)).save(buffer, "EPS")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not a picture", id="text"),
        pytest.param(picture()[:60], id="a truncated PNG"),
        pytest.param(picture(side=256)[:-40], id="a PNG without its end"),
        pytest.param(header_of_png(60_000, 60_000), id="a decompression bomb"),
        pytest.param(header_of_png(10_000, 8), id="10,000 px wide"),
        pytest.param(header_of_png(8, 10_000), id="10,000 px high"),
        pytest.param(header_of_png(8000, 8000), id="64 megapixels"),
        pytest.param(header_of_png(0, 0), id="no pixels"),
        pytest.param(svg(), id="SVG"),
        pytest.param(eps(), id="EPS"),
    ],
)
def test_what_is_no_usable_picture_is_refused(data: bytes, client: TestClient, alice: Customer) -> None:
    """422 that points to the file, and nothing is kept."""
    answer = client.post("/v1/images", files={"file": ("a.png", data)}, headers=alice.headers)
    assert_problem(answer, "/file", code="not_a_picture")
    assert client.get("/v1/images", headers=alice.headers).json()["data"] == []


def test_an_upload_without_a_file_is_refused(client: TestClient, alice: Customer) -> None:
    """Neither another field's name, nor a text for the file, nor JSON for a form will do."""
    headers = alice.headers
    assert_problem(client.post("/v1/images", files={"picture": ("a.png", picture())}, headers=headers), "/file")
    assert_problem(client.post("/v1/images", data={"file": "text"}, headers=headers), "/file")
    assert_problem(client.post("/v1/images", json={"file": "text"}, headers=headers), "/file")
    broken = headers | {"Content-Type": "multipart/form-data"}
    assert client.post("/v1/images", content=b"--x", headers=broken).status_code == 400


def test_a_shift_of_another_base_is_refused(
    client: TestClient, hands: Hands, worker: Worker, database: Database, alice: Customer
) -> None:
    """422 that points to the shift."""
    register(database, "other", "/elsewhere", Manifest(fingerprint="svd1-" + "1" * 64, resolution=64))
    hands.fine_tune(alice)
    body = {"base": "other", "prompt": "x", "shifts": [{"id": worker.make_shift(alice), "weight": 1}]}
    answer = client.post("/v1/generations", json=body, headers=alice.headers)
    assert_problem(answer, "/shifts/0/id", code="shift_of_another_base")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_refused(number: str, client: TestClient, base: str, alice: Customer) -> None:
    """Python's JSON reads NaN and Infinity; the schema does not."""
    for field in ("guidance", "n", "prompt", "unknown"):
        text = json.dumps({"base": base, "prompt": "x"})[:-1] + f', "{field}": {number}}}'
        assert_problem(post_text(client, alice, text), f"/{field}")
    text = json.dumps({"base": base, "prompt": "x"})[:-1] + f', "shifts": [{{"id": "a", "weight": {number}}}]}}'
    assert_problem(post_text(client, alice, text), "/shifts/0/weight")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("", 422, id="nothing"),
        pytest.param("null", 422, id="null"),
        pytest.param("[]", 422, id="a list"),
        pytest.param('"text"', 422, id="a text"),
        pytest.param("{", 400, id="half an object"),
        pytest.param('{"prompt": "x",}', 400, id="a comma too many"),
        pytest.param("[" * 100_000, 400, id="100,000 brackets"),
        pytest.param('{"n": ' + "1" * 5000 + "}", 400, id="a number of 5,000 digits"),
        pytest.param('{"base": "tiny", "prompt": "\\ud800"}', 422, id="half a character"),
        pytest.param('{"base": "\\ud800", "prompt": "x"}', 422, id="half a character in the base"),
        pytest.param('{"base": "tiny", "prompt": "x", "\\ud800": 1}', 422, id="half a character in a field's name"),
        pytest.param(b'{"base": "tiny", "prompt": "\xff"}', 400, id="no UTF-8"),
    ],
)
def test_what_is_no_json_object_is_refused(
    text: str | bytes, status: int, client: TestClient, base: str, alice: Customer
) -> None:
    """A problem, whatever the body is."""
    answer = post_text(client, alice, text)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_of_many_faults_is_answered_shortly(client: TestClient, alice: Customer) -> None:
    """The first hundred are named: an answer is no larger than it helps."""
    answer = client.post("/v1/generations", json=dict.fromkeys(map(str, range(50_000)), 1), headers=alice.headers)
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == 100


def post_text(client: TestClient, customer: Customer, text: str | bytes) -> Any:
    """POST a body as it stands, said to be JSON."""
    headers = customer.headers | {"Content-Type": "application/json"}
    return client.post("/v1/generations", content=text, headers=headers)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("after=job_1", "after"),
        ("after=img_" + "0" * 26, "after"),
        ("after=job_" + "z" * 26, "after"),
        ("after=%00", "after"),
        ("status=done", "status"),
        ("kind=portrait", "kind"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(query: str, pointer: str, client: TestClient, alice: Customer) -> None:
    """422 that names the parameter."""
    assert_problem(client.get(f"/v1/jobs?{query}", headers=alice.headers), pointer)


@pytest.mark.parametrize("last", ["-1", "x", "1.5", str(2**31), "9" * 30])
def test_an_event_id_that_cannot_be_meant_is_refused(
    last: str, client: TestClient, hands: Hands, alice: Customer
) -> None:
    """422 that names the header."""
    job = hands.generate(alice)
    answer = client.get(f"/v1/jobs/{job['id']}/events", headers=alice.headers | {"Last-Event-ID": last})
    assert_problem(answer, "Last-Event-ID")


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside", "ümlaut".encode()])
def test_an_idempotency_key_that_cannot_be_meant_is_refused(
    key: str | bytes, client: TestClient, base: str, alice: Customer
) -> None:
    """1 to 255 printable ASCII characters."""
    headers: Any = alice.headers | {"Idempotency-Key": key}
    answer = client.post("/v1/generations", json={"base": base, "prompt": "x"}, headers=headers)
    assert_problem(answer, "Idempotency-Key")


def test_what_was_sent_is_not_told_back(client: TestClient, base: str, alice: Customer) -> None:
    """A problem names places, not values: it may be logged by whoever gets it."""
    body = {"base": base, "prompt": ["a secret"], "n": "another secret"}
    answer = client.post("/v1/generations", json=body, headers=alice.headers)
    assert "secret" not in answer.text
    assert answer.json()["detail"] == "The request has 2 faults."
