"""Whether a batch is valid: every line is checked, and every error reported, before anything is made."""

from uuid import UUID

from service.bases import Catalog
from service.batches.line_errors import LineErrors
from service.batches.lines import Source, chunks, valid_lines
from service.batches.resolve import Resolver, resolve_lines
from service.batches.survey import Survey, survey_lines
from service.infra.database import Database


def check(database: Database, tenant_id: UUID, source: Source, most_lines: int, metrics: frozenset[str]) -> Survey:
    """What `create` must know of the file; InvalidBatch, TooManyLines or EmptyBatch if it is not valid.

    Each chunk is looked up in a transaction of its own: reading a file takes longer than one should be idle.
    """
    faults = LineErrors()
    survey = survey_lines(source, faults, most_lines, metrics)
    for chunk in chunks(valid_lines(source)):
        with database.tenant(tenant_id) as scope:
            resolver = Resolver(scope, Catalog(scope.session), survey, chunk)
            for _ in resolve_lines(resolver, chunk, faults):
                pass
    faults.refuse()
    return survey
