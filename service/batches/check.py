"""Whether a batch can be meant as it is: every line is looked at, and every fault told, before anything is made."""

from uuid import UUID

from service.batches.faults import Faults
from service.batches.lines import Source, chunks, good
from service.batches.resolve import Resolver, resolved
from service.batches.survey import Survey, look_over
from service.catalogue import Catalogue
from service.database import Database


def check(database: Database, tenant_id: UUID, source: Source, most_lines: int) -> Survey:
    """What `create` must know of the file; BadLines, TooManyLines or EmptyBatch if it cannot be meant.

    Each chunk is looked up in a transaction of its own: reading a file takes longer than one should be idle.
    """
    faults = Faults()
    survey = look_over(source, faults, most_lines)
    for chunk in chunks(good(source)):
        with database.tenant(tenant_id) as scope:
            resolver = Resolver(scope, Catalogue(scope.session), survey, chunk)
            for _ in resolved(resolver, chunk, faults):
                pass
    faults.refuse()
    return survey
