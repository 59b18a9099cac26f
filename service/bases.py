"""Registered diffusion models. A revision is immutable; a name points to its newest."""

from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.errors import BaseRetired, UnknownBase
from service.infra.database import Database
from service.infra.locks import KeyedLock, lock_key
from service.tables import BaseRevision

SHIPPED = "shipped:"
SHIPPED_GROUP = "svdiff.bases"
CARD = "svdiff.json"


class FineTuneRecipe(BaseModel):
    """How this base is fine-tuned when the client does not say. Rates are per step of AdamW."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = 500
    batch_size: int = 1
    learning_rate: float = 1e-3
    learning_rate_1d: float = 1e-6
    text_encoder: bool = True
    text_encoder_learning_rate_scale: float = 1.0
    max_grad_norm: float = 1.0
    ema_decay: float = 0.0  # of the mean over steps that is the result
    prior_loss_weight: float = 1.0
    prior_count: int = 200
    prior_steps: int = 50
    prior_guidance: float = 7.5
    prior_companions: str = ""  # what some prior pictures show beside the class: docs/methods.md
    cut_mix_probability: float = 0.6  # these four are for several subjects: docs/subjects.md
    cut_mix_min_scale: float = 1.0
    unmix_weight: float = 0.05
    unmix_layers: str = ""


class GenerationRecipe(BaseModel):
    """How this base samples when the client does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = 50
    guidance: float = 7.5
    eta: float = 0.0
    shift_start: float = 0.0  # the share of the steps that the base draws alone
    max_side: int = 1024


class Manifest(BaseModel):
    """What a base says of itself, in `svdiff.json` beside its weights; sizes in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str = "stable-diffusion"
    fingerprint: str
    resolution: int = 512
    size_multiple: int = 8
    geometry_layers: tuple[str, ...] = ()  # prefixes of layers of the denoiser; style mixing takes them from one shift
    judge: str | None = None  # the folder of what can measure its pictures (docs/metrics.md)
    fine_tune: FineTuneRecipe = Field(default_factory=FineTuneRecipe)
    generation: GenerationRecipe = Field(default_factory=GenerationRecipe)


@dataclass(frozen=True)
class BaseRef:
    """One revision, as everything but its table needs it."""

    name: str
    revision: int
    source: str
    source_revision: str | None
    manifest: Manifest
    retired: bool

    @property
    def fingerprint(self) -> str:
        """The identity of its tuned weights."""
        return self.manifest.fingerprint


def register(
    database: Database, name: str, source: str, manifest: Manifest, source_revision: str | None = None
) -> BaseRef:
    """Make this the newest revision of the name; the same weights from the same source are no new revision."""
    with database.engine() as session:
        lock_key(session, KeyedLock.BASE_NAME, name)
        newest = session.scalar(select(BaseRevision).where(BaseRevision.name == name, BaseRevision.current))
        document = manifest.model_dump(mode="json")
        if newest is not None and newest.source == source and newest.manifest == document:
            return ref(newest)
        session.execute(update(BaseRevision).where(BaseRevision.name == name).values(current=False))
        row = BaseRevision(
            name=name,
            revision=newest.revision + 1 if newest else 1,
            current=True,
            fingerprint=manifest.fingerprint,
            source=source,
            source_revision=source_revision,
            manifest=document,
        )
        session.add(row)
        session.flush()
        return ref(row)


def register_shipped(database: Database) -> None:
    """Register every base that an installed package ships under the entry point group `svdiff.bases`."""
    for entry in entry_points(group=SHIPPED_GROUP):
        card = files(entry.value).joinpath(entry.name, CARD).read_text()
        register(database, entry.name, SHIPPED + entry.name, Manifest.model_validate_json(card))


def find(session: Session, name: str) -> BaseRef:
    """The newest revision of a name, retired or not; UnknownBase if there is none."""
    row = session.scalar(select(BaseRevision).where(BaseRevision.name == name, BaseRevision.current))
    if row is None:
        raise UnknownBase(name)
    return ref(row)


def current(session: Session, name: str) -> BaseRef:
    """The newest revision of a name; UnknownBase if there is none, BaseRetired if it is no longer served."""
    base = find(session, name)
    if base.retired:
        raise BaseRetired(name)
    return base


def pinned(session: Session, name: str, fingerprint: str) -> BaseRef:
    """The newest revision of a name with these weights; BaseRetired if it is no longer served."""
    row = session.scalar(
        select(BaseRevision)
        .where(BaseRevision.name == name, BaseRevision.fingerprint == fingerprint)
        .order_by(BaseRevision.revision.desc())
    )
    if row is None or row.retired_at is not None:
        raise BaseRetired(name)
    return ref(row)


def listing(session: Session) -> list[BaseRef]:
    """The newest revision of every name."""
    query = select(BaseRevision).where(BaseRevision.current).order_by(BaseRevision.name)
    return [ref(row) for row in session.scalars(query)]


def ref(row: BaseRevision) -> BaseRef:
    """The row as a value."""
    return BaseRef(
        name=row.name,
        revision=row.revision,
        source=row.source,
        source_revision=row.source_revision,
        manifest=Manifest.model_validate(row.manifest),
        retired=row.retired_at is not None,
    )


def recipe_of(manifest: Manifest, overrides: dict[str, Any]) -> dict[str, Any]:
    """The base's fine-tuning recipe with what the client chose instead."""
    return manifest.fine_tune.model_dump() | overrides


def newest(session: Session) -> BaseRef | None:
    """The base that was registered last."""
    row = session.scalar(
        select(BaseRevision).where(BaseRevision.current).order_by(BaseRevision.created_at.desc()).limit(1)
    )
    return ref(row) if row else None


class Catalogue:
    """Newest revisions by their names; older ones as they are asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._newest = {base.name: base for base in listing(session)}
        self._pinned: dict[tuple[str, str], BaseRef | None] = {}

    def find(self, name: str) -> BaseRef:
        """The newest revision of a name, retired or not; UnknownBase if there is none."""
        if name not in self._newest:
            raise UnknownBase(name)
        return self._newest[name]

    def current(self, name: str) -> BaseRef:
        """The newest revision of a name; UnknownBase if there is none, BaseRetired if it is no longer served."""
        base = self.find(name)
        if base.retired:
            raise BaseRetired(name)
        return base

    def pinned(self, name: str, fingerprint: str) -> BaseRef:
        """The newest revision of a name with these weights; BaseRetired if it is no longer served."""
        asked = (name, fingerprint)
        if asked not in self._pinned:
            self._pinned[asked] = self._look_up(*asked)
        base = self._pinned[asked]
        if base is None:
            raise BaseRetired(name)
        return base

    def _look_up(self, name: str, fingerprint: str) -> BaseRef | None:
        try:
            return pinned(self._session, name, fingerprint)
        except BaseRetired:
            return None
