"""Registered diffusion models: a revision is immutable, and a name points to its newest."""

from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.errors import BaseRetired, UnknownBase
from service.infra.database import Database
from service.infra.locks import KeyedLock, lock_key
from service.parameters import recipe_fields
from service.tables import BaseRevision
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec

SHIPPED = "shipped:"
SHIPPED_GROUP = "svdiff.bases"
CARD = "svdiff.json"
OF_A_REQUEST = frozenset({"n", "seed", "width", "height"})  # how many, which and how large: no base recommends these


class RecipeModel(BaseModel):
    """The root of a base's recipes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FineTuneRecipe(recipe_fields("FineTuneRecipe", Recipe, RecipeModel)):  # type: ignore[misc]  # fields of a declaration
    """How this base is fine-tuned when the client does not say. Rates are per step of AdamW."""


class GenerationRecipe(
    recipe_fields("GenerationRecipe", SamplingSpec, RecipeModel, without=OF_A_REQUEST)  # type: ignore[misc]  # fields of a declaration
):
    """How this base samples when the client does not say."""

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
    singular_values_key: str | None  # where a worker has stored them
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
            return _to_ref(newest)
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
        return _to_ref(row)


def register_shipped(database: Database) -> None:
    """Register every base that an installed package ships under the entry point group `svdiff.bases`."""
    for entry in entry_points(group=SHIPPED_GROUP):
        card = files(entry.value).joinpath(entry.name, CARD).read_text()
        register(database, entry.name, SHIPPED + entry.name, Manifest.model_validate_json(card))


def get(session: Session, name: str) -> BaseRef:
    """The newest revision of a name; UnknownBase if there is none, BaseRetired if it is no longer served."""
    return _require_served(get_including_retired(session, name))


def get_including_retired(session: Session, name: str) -> BaseRef:
    """The newest revision of a name, retired or not; UnknownBase if there is none."""
    row = session.scalar(select(BaseRevision).where(BaseRevision.name == name, BaseRevision.current))
    if row is None:
        raise UnknownBase(name)
    return _to_ref(row)


def get_pinned(session: Session, name: str, fingerprint: str) -> BaseRef:
    """The newest revision of a name with these weights; BaseRetired if it is no longer served."""
    row = session.scalar(
        select(BaseRevision)
        .where(BaseRevision.name == name, BaseRevision.fingerprint == fingerprint)
        .order_by(BaseRevision.revision.desc())
    )
    if row is None:
        raise BaseRetired(name)
    return _require_served(_to_ref(row))


def get_last_registered(session: Session) -> BaseRef | None:
    """The base that was registered last."""
    row = session.scalar(
        select(BaseRevision).where(BaseRevision.current).order_by(BaseRevision.created_at.desc()).limit(1)
    )
    return _to_ref(row) if row else None


def list_newest(session: Session) -> list[BaseRef]:
    """The newest revision of every name, retired or not."""
    query = select(BaseRevision).where(BaseRevision.current).order_by(BaseRevision.name)
    return [_to_ref(row) for row in session.scalars(query)]


class BaseCatalog:
    """The bases as one transaction sees them: each is read once, however often it is looked up."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._newest: dict[str, BaseRef] = {}
        self._pinned: dict[tuple[str, str], BaseRef | None] = {}  # None for what is not served

    def get(self, name: str) -> BaseRef:
        """The newest revision of a name; UnknownBase if there is none, BaseRetired if it is no longer served."""
        return _require_served(self.get_including_retired(name))

    def get_including_retired(self, name: str) -> BaseRef:
        """The newest revision of a name, retired or not; UnknownBase if there is none."""
        if name not in self._newest:
            self._newest[name] = get_including_retired(self._session, name)
        return self._newest[name]

    def get_pinned(self, name: str, fingerprint: str) -> BaseRef:
        """The newest revision of a name with these weights; BaseRetired if it is no longer served."""
        key = (name, fingerprint)
        if key not in self._pinned:
            self._pinned[key] = self._read_pinned(name, fingerprint)
        base = self._pinned[key]
        if base is None:
            raise BaseRetired(name)
        return base

    def _read_pinned(self, name: str, fingerprint: str) -> BaseRef | None:
        try:
            return get_pinned(self._session, name, fingerprint)
        except BaseRetired:
            return None


def _require_served(base: BaseRef) -> BaseRef:
    if base.retired:
        raise BaseRetired(base.name)
    return base


def _to_ref(row: BaseRevision) -> BaseRef:
    return BaseRef(
        name=row.name,
        revision=row.revision,
        source=row.source,
        source_revision=row.source_revision,
        manifest=Manifest.model_validate(row.manifest),
        singular_values_key=row.singular_values_key,
        retired=row.retired_at is not None,
    )
