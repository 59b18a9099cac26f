"""Validating a batch: every line is checked, and every fault reported, before any job is created."""

from uuid import UUID

from service.bases import BaseCatalog
from service.batches.line_errors import LineErrors
from service.batches.lines import Source, chunks, valid_lines
from service.batches.resolve import Resolver, resolve_lines
from service.batches.survey import Survey, survey_lines
from service.infra.database import Database


def check(database: Database, tenant_id: UUID, source: Source, max_lines: int, metrics: frozenset[str]) -> Survey:
    """What `create` needs to know of the file; InvalidBatch, TooManyLines or EmptyBatch if it is not valid.

    Each chunk is looked up in a transaction of its own: reading the whole file takes longer than one should be idle.
    """
    faults = LineErrors()
    survey = survey_lines(source, faults, max_lines, metrics)
    for chunk in chunks(valid_lines(source)):
        with database.tenant(tenant_id) as scope:
            resolver = Resolver(scope, BaseCatalog(scope.session), survey, chunk)
            for _ in resolve_lines(resolver, chunk, faults):
                pass
    faults.raise_if_any()
    return survey
