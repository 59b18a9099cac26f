"""A base model on the wire."""

from pydantic import Field

from api.schemas.fields import ResponseModel
from service.bases import BaseRef, FineTuneRecipe, GenerationRecipe


class Base(ResponseModel):
    """A registered diffusion model; `resolution` is in pixels. The recipes are the defaults of requests."""

    name: str
    revision: int
    fingerprint: str
    family: str
    resolution: int
    geometry_layers: tuple[str, ...] = Field(
        description="Prefixes of the denoiser's layers that count as `geometry` in `layers` of a shift."
    )
    fine_tune: FineTuneRecipe
    generation: GenerationRecipe


class BaseList(ResponseModel):
    """All registered bases: there is always one page."""

    data: list[Base]
    has_more: bool = False
    next: str | None = None


def base(ref: BaseRef) -> Base:
    """The base on the wire."""
    manifest = ref.manifest
    return Base(
        name=ref.name,
        revision=ref.revision,
        fingerprint=ref.fingerprint,
        family=manifest.family,
        resolution=manifest.resolution,
        geometry_layers=manifest.geometry_layers,
        fine_tune=manifest.fine_tune,
        generation=manifest.generation,
    )
