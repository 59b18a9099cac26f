from fastapi import APIRouter

from api.openapi import problems
from api.schemas.base import BaseList, base
from api.scope import InScope
from service import bases

router = APIRouter(prefix="/v1/bases", tags=["bases"])


@router.get("", responses=problems(401))
def list_bases(scope: InScope) -> BaseList:
    """The diffusion models that can be fine-tuned and sampled, and their recipes."""
    return BaseList(data=[base(ref) for ref in bases.listing(scope.session)])
