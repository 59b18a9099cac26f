"""How many lines of batches a tenant may have waiting."""

from sqlalchemy import select

from service.errors import TooManyLinesPending
from service.infra.database import Scope
from service.jobs.submission import align_fair_share
from service.tables import TenantLoad


def refuse_when_full(scope: Scope) -> None:
    """TooManyLinesPending where not even one more line may wait: no file need be read then."""
    load = scope.session.scalar(select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id))
    if load is None or load.batch_pending >= load.max_batch_pending:
        raise TooManyLinesPending(load.max_batch_pending if load else 0)


def reserve(scope: Scope, lines: int) -> None:
    """Count the lines as waiting; TooManyLinesPending at the tenant's limit. Until the commit nobody else can count."""
    query = select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id).with_for_update()
    load = scope.session.scalar(query.execution_options(populate_existing=True))
    if load is None or load.batch_pending + lines > load.max_batch_pending:
        raise TooManyLinesPending(load.max_batch_pending if load else 0)
    align_fair_share(scope, load)
    load.batch_pending += lines
    scope.session.flush()
