from uuid import uuid4

import numpy as np

from service.assets import orphans, singular_values
from service.bases import Manifest, register
from service.infra.database import Database
from service.infra.object_store import ObjectStore, create_client
from service.settings import Settings


def test_published_singular_values_are_found_by_their_weights_and_are_no_orphans(
    database: Database, settings: Settings
) -> None:
    """Whatever the base is called, and for a revision that comes later too; of other weights there are none."""
    own = settings.model_copy(update={"s3_bucket": "svdiff-spectra", "orphan_age_seconds": -60.0})
    create_client(own, own.s3_endpoint).create_bucket(Bucket=own.s3_bucket)
    store, fingerprint = ObjectStore(own), f"svd1-{uuid4().hex * 2}"
    register(database, f"base-{uuid4().hex[:8]}", "/a", Manifest(fingerprint=fingerprint))
    with database.app() as session:
        assert singular_values.load(session, store, fingerprint) is None
    sigmas = {"unet.conv_in": np.array([3, 2, 1], np.float32)}
    singular_values.publish(database, store, fingerprint, sigmas)
    singular_values.publish(database, store, fingerprint, sigmas)
    register(database, f"base-{uuid4().hex[:8]}", "/b", Manifest(fingerprint=fingerprint))
    assert orphans.delete_orphans(database, store, own) == 0
    with database.app() as session:
        read = singular_values.load(session, store, fingerprint)
        assert singular_values.load(session, store, "svd1-other") is None
    assert read is not None
    assert {name: values.tolist() for name, values in read.items()} == {"unet.conv_in": [3, 2, 1]}
