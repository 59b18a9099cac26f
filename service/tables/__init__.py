"""The tables. `Table.metadata` is complete once this package is imported."""

from service.tables.artifact import Artifact, Image, PendingDeletion, PriorSet, ShiftRow
from service.tables.base import Table
from service.tables.batch import Batch
from service.tables.edit import EditShift
from service.tables.job import IdempotencyKey, Job, JobDependency, JobEvent, JobInput, Usage
from service.tables.revision import BaseRevision
from service.tables.tenant import ApiKey, TenantLoad, TenantRow
from service.tables.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.tables.worker import WorkerRow

__all__ = [
    "ApiKey",
    "Artifact",
    "BaseRevision",
    "Batch",
    "EditShift",
    "IdempotencyKey",
    "Image",
    "Job",
    "JobDependency",
    "JobEvent",
    "JobInput",
    "PendingDeletion",
    "PriorSet",
    "ShiftRow",
    "Table",
    "TenantLoad",
    "TenantRow",
    "Usage",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkerRow",
]
