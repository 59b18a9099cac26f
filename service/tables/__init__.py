"""The tables. `Table.metadata` is complete once this package is imported."""

from service.tables.artifact import Artifact, DoomedObject, Image, PriorSet, ShiftRow
from service.tables.base import Table
from service.tables.job import IdempotencyKey, Job, JobEvent, JobInput, Usage
from service.tables.revision import BaseRevision
from service.tables.tenant import ApiKey, TenantLoad, TenantRow

__all__ = [
    "ApiKey",
    "Artifact",
    "BaseRevision",
    "DoomedObject",
    "IdempotencyKey",
    "Image",
    "Job",
    "JobEvent",
    "JobInput",
    "PriorSet",
    "ShiftRow",
    "Table",
    "TenantLoad",
    "TenantRow",
    "Usage",
]
