"""The routes of base models: listing what can be fine-tuned and sampled."""

from fastapi import APIRouter

from api.dependencies.scope import TenantScope
from api.openapi import problems
from api.schemas.base import BaseList, base
from service import bases

router = APIRouter(prefix="/v1/bases", tags=["bases"])


@router.get("", responses=problems(401))
def list_bases(scope: TenantScope) -> BaseList:
    """List the base models that can be fine-tuned and sampled, with their recipes."""
    return BaseList(data=[base(ref) for ref in bases.list_newest(scope.session)])
