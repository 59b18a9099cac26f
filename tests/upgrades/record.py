"""Record what this version stores, so that later versions prove to read it: `python -m tests.upgrades.record`.

The recording replaces an older one of the same version. Another version's name may be given.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from service import bases
from service.assets.artifacts import delete_marked_objects
from service.bases import FineTuneRecipe, GenerationRecipe, Manifest
from service.ids import to_wire
from service.infra.database import Database
from service.jobs import commands
from service.local.stack import Addresses, LocalStack
from service.tables import Job
from tests.conftest import migrated, new_customer
from tests.pictures import png
from tests.tiny_pipeline import write_tiny_pipeline
from tests.upgrades.recording import RECORDINGS, Facts, Recording
from tests.worker.conftest import BASE, Shop
from tests.worker.test_batch_end_to_end import drawing, send, training
from tests.worker.test_edits import edit, upload
from tests.worker.test_jobs_end_to_end import wait_for_step
from worker.slot import Slot

REPOSITORY = Path(__file__).parents[2]
WORKER = "recorder:cpu"
QUICK = {"checkpoint_steps": 3, "progress_interval_seconds": 0.0, "lease_seconds": 30.0}


def main() -> None:
    """Play a customer, and write down what is then stored."""
    version = sys.argv[1] if len(sys.argv) > 1 else own_version()
    recording = Recording(RECORDINGS / version)
    with servers() as (stack, folder):
        settings = migrated(stack, folder / "factors").model_copy(update=QUICK)
        with closing(Database.from_settings(settings)) as database:
            fingerprint = register(database, write_tiny_pipeline(folder / "tiny"), folder / "factors")
            shop = Shop(settings, database, new_customer(database, settings))
            played = play(shop)
            shop.notifier.close()
            delete_marked_objects(database, shop.store)
        assert settings.database_url
        owner_url = settings.database_url.get_secret_value()
        origin = {"version": version, "commit": git_commit(), "revision": forget_this_machine(owner_url)}
        shutil.rmtree(recording.folder, ignore_errors=True)
        recording.write(Facts(**origin, fingerprint=fingerprint, **played), owner_url, shop.store)


def own_version() -> str:
    """That of pyproject.toml."""
    version: str = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    return version


def git_commit() -> str:
    """The commit that is checked out."""
    words = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]  # of whoever records
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def servers() -> Iterator[tuple[Addresses, Path]]:
    """Real servers, and a folder that goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="sd", dir="/tmp"))
    folder.chmod(0o711)  # the database's own user passes through it
    try:
        with LocalStack(folder / "data") as running:
            running.start()
            yield running.addresses, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def register(database: Database, pipeline: Path, factors: Path) -> str:
    """Register the tiny base with a quick recipe; its fingerprint."""
    from svdiff_core.base import load_base

    loaded = load_base(str(pipeline), factors_dir=factors)
    manifest = Manifest(
        fingerprint=loaded.fingerprint,
        resolution=32,
        fine_tune=FineTuneRecipe(
            steps=4, batch_size=2, learning_rate=0.01, learning_rate_1d=0.01, prior_count=3, prior_steps=2
        ),
        generation=GenerationRecipe(steps=3, guidance=4.0, max_side=64),
    )
    bases.register(database, BASE, str(pipeline), manifest)
    return loaded.fingerprint


def play(shop: Shop) -> dict[str, str | int]:
    """Jobs that ended, a fine-tune that was paused on its way, and then one of each kind that waits."""
    trained = shop.fine_tune()
    edit(shop)
    run(shop)
    result = shop.job(trained).result
    assert result, shop.job(trained).error
    shift = result["shift"]["id"]
    sampled = shop.generation(((shift, 1.0),))
    run(shop)
    paused = pause(shop)
    shop.fine_tune(seed=2)
    twin = shop.generation(((shift, 1.0),))
    edit(shop, upload(shop, png("teal")))
    send(shop, drawing("with", {"custom_id": "train"}), training(shop, "train", seed=3))
    return {
        "tenant": shop.customer.id.hex,
        "key": shop.customer.key,
        "shift": shift,
        "sampled": to_wire("job", sampled.id),
        "waiting_twin": to_wire("job", twin.id),
        "paused": to_wire("job", paused.id),
        "paused_at": paused.step,
    }


def worker(shop: Shop) -> Slot:
    """A slot whose name does not say where the recording was made."""
    slot = shop.slot()
    slot.name = WORKER
    return slot


def run(shop: Shop) -> None:
    """Run what waits."""
    worker(shop).run_until_idle()


def pause(shop: Shop) -> Job:
    """A fine-tune that was paused while it ran, with the state that it is to go on from."""
    job, slot = shop.fine_tune(steps=60), worker(shop)
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    with shop.database.tenant(shop.customer.id) as scope:
        commands.pause(scope, job.id)
    slot.jobs_changed(frozenset({job.id}))
    thread.join(timeout=60)
    job = shop.job(job)
    assert job.state == "paused", job.error
    return job


def forget_this_machine(owner_url: str) -> str:
    """Take the base's folder out of the database, which a test replaces anyway; the revision of the schema."""
    owner = create_engine(owner_url)
    with owner.begin() as connection:
        connection.execute(text("UPDATE bases SET source = name"))
        revision: str = connection.scalars(text("SELECT version_num FROM alembic_version")).one()
    owner.dispose()
    return revision


if __name__ == "__main__":
    main()
