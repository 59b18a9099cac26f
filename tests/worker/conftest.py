"""A device of its own for the worker's tests: nobody else's jobs are in its database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from service import bases
from service.assets import images
from service.bases import FineTuneRecipe, GenerationRecipe, Manifest
from service.ids import to_wire
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs import queries
from service.jobs.specs import WeightedShift
from service.local.stack import Addresses
from service.requests.early_stopping import EarlyStoppingRequest
from service.requests.fine_tunes import FineTuneRequest, SubjectRequest
from service.requests.fine_tunes import submit as submit_fine_tune
from service.requests.generations import GenerationRequest
from service.requests.generations import submit as submit_generation
from service.settings import Settings
from service.tables import Job
from svdiff_core.parameters.methods import MethodName
from tests.conftest import Customer, migrated, new_customer
from tests.pictures import png
from tests.worker.event_contract import read_events
from worker.slot import Slot

BASE = "tiny"


class Shop:
    """A tenant's client and an operator's device, without HTTP between them."""

    def __init__(self, settings: Settings, database: Database, customer: Customer) -> None:
        self.settings, self.database, self.customer = settings, database, customer
        self.store, self.notifier = ObjectStore(settings), Notifier(settings)

    def slot(self) -> Slot:
        """A new worker's slot: nothing is loaded yet."""
        return Slot("cpu", self.database, self.store, self.settings, self.notifier)

    def fine_tune(
        self,
        *,
        seed: int = 1,
        base: str = BASE,
        class_prompt: str = "a photo of a dog",
        sample_every: int = 0,
        sample_prompts: tuple[str, ...] = (),
        method: MethodName = "svdiff",
        early_stopping: EarlyStoppingRequest | None = None,
        **recipe: Any,
    ) -> Job:
        """Queue a fine-tune on two pictures."""
        with self.database.tenant(self.customer.id) as scope:
            ids = [
                to_wire("img", images.create(scope, self.store, images.decode(png(color), self.settings)).id)
                for color in ("tan", "brown")
            ]
            instance_prompt = class_prompt.replace("a dog", "a sks dog")
            subject = SubjectRequest(images=tuple(ids), instance_prompt=instance_prompt, class_prompt=class_prompt)
            request = FineTuneRequest(
                base=base,
                subjects=(subject,),
                seed=seed,
                sample_every=sample_every,
                sample_prompts=sample_prompts or None,
                method=method,
                early_stopping=early_stopping,
                **recipe,
            )
            every = self.settings.model_copy(update={"allowed_methods": get_args(MethodName)})
            return submit_fine_tune(scope, request, every)

    def generation(self, shifts: tuple[tuple[str, float] | WeightedShift, ...] = (), **changes: Any) -> Job:
        """Queue two pictures."""
        asked: dict[str, Any] = {
            "prompt": "a photo of a sks dog",
            "n": 2,
            "seed": 5,
        }
        used = tuple(
            one if isinstance(one, WeightedShift) else WeightedShift(id=one[0], weight=one[1]) for one in shifts
        )
        with self.database.tenant(self.customer.id) as scope:
            return submit_generation(scope, GenerationRequest(base=BASE, shifts=used, **(asked | changes)))

    def job(self, job: Job) -> Job:
        """The job as it is now."""
        with self.database.tenant(self.customer.id) as scope:
            return queries.get(scope, job.id)


@pytest.fixture(scope="session")
def device_settings(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a database that holds no other test's jobs."""
    settings = migrated(stack, tmp_path_factory.mktemp("factors"))
    return settings.model_copy(
        update={
            "checkpoint_steps": 3,
            "progress_interval_seconds": 0.0,
            "max_attempts": 2,
            "retry_avoid_worker_seconds": 0.0,
        }
    )


@pytest.fixture(scope="session")
def device_database(device_settings: Settings) -> Iterator[Database]:
    """Its two everyday roles."""
    database = Database.from_settings(device_settings)
    yield database
    database.close()


@pytest.fixture(scope="session")
def register_base(device_settings: Settings, device_database: Database) -> Callable[[str, Path], None]:
    """Registers a pipeline folder, as `svdiff bases add` does."""

    def register(name: str, folder: Path) -> None:
        from svdiff_core.base import load_base

        loaded = load_base(str(folder), factors_dir=device_settings.factors_dir)
        manifest = Manifest(
            fingerprint=loaded.fingerprint,
            resolution=32,
            judge=loaded.recipe.judge and loaded.recipe.judge.name,
            fine_tune=FineTuneRecipe(
                steps=8, batch_size=2, learning_rate=0.01, learning_rate_1d=0.01, prior_count=3, prior_steps=2
            ),
            generation=GenerationRecipe(steps=3, guidance=4.0, max_side=64),
        )
        bases.register(device_database, name, str(folder), manifest)

    return register


@pytest.fixture(scope="session")
def _tiny_is_registered(register_base: Callable[[str, Path], None], tiny_pipeline: Path) -> None:
    register_base(BASE, tiny_pipeline)


@pytest.fixture
def shop(_tiny_is_registered: None, device_settings: Settings, device_database: Database) -> Iterator[Shop]:
    """A tenant of its own, on the suite's device; at the end each event of its jobs must be as documented."""
    shop = Shop(device_settings, device_database, new_customer(device_database, device_settings))
    yield shop
    read_events(shop.database, shop.customer.id)
    shop.notifier.close()
