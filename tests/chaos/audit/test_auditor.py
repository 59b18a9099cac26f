"""The auditor can fail: each kind of damage is found under its own name."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.ids import new_id, to_wire
from service.jobs import maintenance
from tests.chaos.audit.audit import audit
from tests.chaos.audit.evidence import Evidence
from tests.chaos.audit.small_run import RECIPE, SmallRun, rules
from tests.chaos.faults.damage import JOURNAL, TABLES
from tests.chaos.journal import REQUESTS, WEBHOOKS, Journal, entries


def play(run: SmallRun) -> None:
    """Every kind of job to every kind of end, with a lost worker on the way."""
    run.ask()
    lost = run.claim()
    run.uploaded(lost)
    run.lose(lost)
    assert run.succeed(run.claim())
    for twin in (False, True):
        run.ask("fine_tune", recipe=RECIPE, **({"twin": True} if twin else {}))
        assert run.succeed(run.claim())
    run.cancel(run.ask())
    run.ask(expires_in=0.0)
    assert maintenance.expire(run.database) == 1
    run.ask()
    for _ in range(2):
        run.lose(run.claim())
    run.into_batch(run.ask(), run.ask())
    assert run.succeed(run.claim())
    assert run.succeed(run.claim())
    run.tell()
    run.collect_orphans()


@pytest.fixture(scope="module")
def good(new_run: Callable[[], SmallRun]) -> SmallRun:
    """A run in which nothing went wrong."""
    run = new_run()
    play(run)
    return run


def test_a_run_in_which_nothing_went_wrong_has_no_finding(good: SmallRun) -> None:
    """Lost workers, cancels, deadlines, batches and failures are no findings."""
    with good.evidence() as evidence:
        assert audit(evidence) == []
        assert {job.state for job in evidence.jobs.values()} == {"succeeded", "failed", "canceled", "expired"}


@pytest.mark.parametrize("damage", TABLES)
def test_each_damage_to_the_tables_is_found_under_its_own_names(good: SmallRun, damage: str) -> None:
    """Done in the auditor's own transaction, and undone: exactly these rules are broken, and no other."""
    statement, expected = TABLES[damage]
    with good.evidence() as evidence:
        evidence.database.execute(statement.encode())
        assert rules(audit(evidence)) == expected


def lose_object(run: SmallRun, key: str) -> None:
    """Delete it behind the row's back."""
    run.store.delete(key)


def change_object(run: SmallRun, key: str) -> None:
    """Other bytes under the same key."""
    run.store.put(key, b"other", "text/plain")


def add_object(run: SmallRun, key: str) -> None:
    """An object of nobody."""
    run.store.put(f"{key}/again", b"nobody's", "text/plain")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose_object, {"artifact_without_object"}),
        (change_object, {"object_differs"}),
        (add_object, {"orphan"}),
    ],
)
def test_each_damage_to_the_store_is_found(
    good: SmallRun, damage: Callable[[SmallRun, str], None], expected: set[str]
) -> None:
    """A picture's object is lost, replaced, or has a neighbor without a row."""
    with good.owner() as owner:
        row = owner.execute("SELECT object_key FROM artifacts WHERE kind = 'picture' ORDER BY id").fetchone()
    assert row
    whole = good.store.get(row[0])
    damage(good, row[0])
    try:
        assert good.rules_broken() == expected
    finally:
        good.store.put(row[0], whole, "image/png")
        good.store.delete(f"{row[0]}/again")


def first(run: SmallRun, what: str) -> dict[str, Any]:
    """The journal's first entry of a kind."""
    return next(entry for entry in run.requests() if entry["what"] == what)


@pytest.mark.parametrize("entry", JOURNAL)
def test_each_complaint_of_the_journal_is_found(good: SmallRun, entry: str, tmp_path: Path) -> None:
    """A promise that is not kept, or a client's own trouble."""
    added, expected = JOURNAL[entry]
    assert rules_with(good, tmp_path, REQUESTS, {"tenant": "tenant", "path": "/"} | added) == expected


def rules_with(run: SmallRun, folder: Path, file: str, *added: dict[str, Any]) -> set[str]:
    """What is found with these entries besides."""
    shutil.copytree(run.folder, folder, dirs_exist_ok=True)
    with (folder / file).open("a") as journal:
        journal.writelines(json.dumps({"at": 0.0} | entry) + "\n" for entry in added)
    with run.evidence() as evidence:
        return rules(audit(Evidence(folder, evidence.database, evidence.store)))


def test_one_key_with_two_resources_is_found(good: SmallRun, tmp_path: Path) -> None:
    """The repetition of a POST answered another job that exists."""
    jobs = [entry for entry in good.requests() if entry["what"] == "job"]
    again = jobs[0] | {"id": jobs[1]["id"]}
    assert rules_with(good, tmp_path, REQUESTS, again) == {"doubled_answer"}


def test_a_cancel_that_was_not_heeded_is_found(good: SmallRun, tmp_path: Path) -> None:
    """The answer said canceling, and the job succeeded."""
    cancel = first(good, "cancel") | {"id": first(good, "job")["id"], "key": "new", "path": "/other"}
    assert rules_with(good, tmp_path, REQUESTS, cancel) == {"cancel_ignored"}


def test_a_cancel_of_a_batch_that_was_not_heeded_is_found(good: SmallRun, tmp_path: Path) -> None:
    """The answer said canceling, and the batch went on as if nobody had asked."""
    cancel = first(good, "batch") | {"what": "batch cancel", "key": "new", "path": "/other"}
    assert rules_with(good, tmp_path, REQUESTS, cancel) == {"cancel_ignored"}


def test_a_job_that_nobody_asked_for_is_found(good: SmallRun, tmp_path: Path) -> None:
    """A job's row, and no client has its id."""
    shutil.copytree(good.folder, tmp_path, dirs_exist_ok=True)
    kept = [entry for entry in good.requests() if entry is not None]
    dropped = next(entry for entry in kept if entry["what"] == "job")
    (tmp_path / REQUESTS).write_text("".join(json.dumps(e) + "\n" for e in kept if e["id"] != dropped["id"]))
    with good.evidence() as evidence:
        assert rules(audit(Evidence(tmp_path, evidence.database, evidence.store))) == {"unasked"}


def test_webhooks_that_are_forged_strange_or_false_are_found(good: SmallRun, tmp_path: Path) -> None:
    """Each by its own name."""
    real = json.loads((good.folder / WEBHOOKS).read_text().splitlines()[0])
    strange = real | {"id": to_wire("msg", new_id())}
    false = real | {"payload": real["payload"] | {"data": real["payload"]["data"] | {"status": "failed"}}}
    for number, (entry, rule) in enumerate(
        [(real | {"genuine": False}, "webhook_forged"), (strange, "webhook_unknown"), (false, "webhook_wrong")]
    ):
        assert rules_with(good, tmp_path / str(number), WEBHOOKS, entry) == {rule}


def test_a_delivery_that_never_arrived_is_found(good: SmallRun, tmp_path: Path) -> None:
    """The log says delivered, and the receiver knows nothing of it."""
    shutil.copytree(good.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / WEBHOOKS).write_text("")
    with good.evidence() as evidence:
        assert rules(audit(Evidence(tmp_path, evidence.database, evidence.store))) == {"webhook_not_received"}


def test_a_line_that_a_crash_cut_short_promised_nothing(tmp_path: Path) -> None:
    """The journal's last line is dropped if it has no end."""
    journal = Journal(tmp_path / "file")
    journal.write("whole")
    journal.close()
    with (tmp_path / "file").open("a") as file:
        file.write('{"what": "half')
    assert [entry["what"] for entry in entries(tmp_path / "file")] == ["whole"]
