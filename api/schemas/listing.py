"""One page of a list on the wire."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, Field

from api.schemas.fields import ResponseModel
from service.ids import to_wire
from service.pagination import Page

Item = TypeVar("Item", bound=BaseModel)


class Listing(ResponseModel, Generic[Item]):
    """One page of a list, newest first."""

    data: list[Item]
    has_more: bool
    next: str | None = Field(description="Send it as `after` for the next page.")

    @classmethod
    def of(cls, prefix: str, page: Page[Any], show: Callable[[Any], Item]) -> Self:
        """The page on the wire; `prefix` is that of its ids."""
        following = to_wire(prefix, page.rows[-1].id) if page.has_more else None
        return cls(data=[show(row) for row in page.rows], has_more=page.has_more, next=following)
