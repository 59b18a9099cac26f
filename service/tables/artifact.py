"""The tables of stored objects: artifacts, images, shifts, prior sets, and objects to delete."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Id, Table, Tenant


class Artifact(Table):
    """An object in the store: an upload, a generated picture, a shift, or a training's state."""

    __tablename__ = "artifacts"
    __table_args__ = (
        Index("artifacts_created_at_idx", "kind", "created_at"),
        Index("artifacts_training_state_key", "job_id", unique=True, postgresql_where="kind = 'training_state'"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    kind: Mapped[str]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    object_key: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[Created]


class Image(Table):
    """A picture that a client uploaded; width and height after orientation."""

    __tablename__ = "images"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifacts.id"))
    sha256: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[Created]


class ShiftRow(Table):
    """A trained set of spectral shifts."""

    __tablename__ = "shifts"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifacts.id"))
    name: Mapped[str]
    base_name: Mapped[str]
    fingerprint: Mapped[str]
    words: Mapped[dict[str, Any]]
    created_at: Mapped[Created]


class PendingDeletion(Table):
    """An object whose row is deleted: upkeep deletes it from the store, then this row."""

    __tablename__ = "pending_deletions"

    object_key: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[Created]


class PriorSet(Table):
    """Prior latents of a base and a class prompt; the deployment's own, named by a hash, read by no route."""

    __tablename__ = "prior_sets"

    key: Mapped[str] = mapped_column(primary_key=True)
    object_key: Mapped[str | None]
    token: Mapped[int] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[Created]
