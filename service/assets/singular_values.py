"""The singular values of bases: workers publish them, so that the API can say which ones a sum of shifts would clip."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load as read
from safetensors.numpy import save as write
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.infra.database import Database
from service.infra.object_store import ObjectMissing, ObjectStore
from service.tables import BaseRevision

Sigmas: TypeAlias = Mapping[str, npt.NDArray[np.float32]]  # (r,) by layer


def get_object_key(session: Session, fingerprint: str) -> str | None:
    """The key of the singular values of these weights, if a worker has stored them."""
    query = select(BaseRevision.singular_values_key).where(
        BaseRevision.fingerprint == fingerprint, BaseRevision.singular_values_key.is_not(None)
    )
    return session.scalar(query.limit(1))


def publish(database: Database, store: ObjectStore, fingerprint: str, sigmas: Sigmas) -> None:
    """Store them and record their key. Safe to do twice at once: the same weights have the same values."""
    key = f"spectra/{fingerprint}"
    store.put(key, write(dict(sigmas)), "application/octet-stream")
    with database.engine() as session:
        session.execute(
            update(BaseRevision).where(BaseRevision.fingerprint == fingerprint).values(singular_values_key=key)
        )


def load(session: Session, store: ObjectStore, fingerprint: str) -> Sigmas | None:
    """The singular values of these weights; None while no worker has stored them."""
    key = get_object_key(session, fingerprint)
    try:
        return read(store.get(key)) if key else None
    except ObjectMissing:
        return None
