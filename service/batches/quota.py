"""The limit of a tenant's waiting batch lines."""

from sqlalchemy import select

from service.errors import TooManyLinesPending
from service.infra.database import Scope
from service.jobs.submission import align_fair_share
from service.tables import TenantLoad


def check_not_full(scope: Scope) -> None:
    """TooManyLinesPending if not even one more line may wait, so that the file need not be read."""
    load = scope.session.scalar(select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id))
    if load is None or load.batch_pending >= load.max_batch_pending:
        raise TooManyLinesPending(load.max_batch_pending if load else 0)


def reserve(scope: Scope, lines: int) -> None:
    """Count the lines as waiting; TooManyLinesPending at the tenant's limit. Nobody else can until the commit."""
    query = select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id).with_for_update()
    load = scope.session.scalar(query.execution_options(populate_existing=True))
    if load is None or load.batch_pending + lines > load.max_batch_pending:
        raise TooManyLinesPending(load.max_batch_pending if load else 0)
    align_fair_share(scope, load)
    load.batch_pending += lines
    scope.session.flush()
