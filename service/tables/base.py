"""What every table shares: the metadata, the names of constraints, and the types of common columns."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from service.ids import new_id

NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class Table(DeclarativeBase):
    """The root of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB}  # noqa: RUF012 — SQLAlchemy's form


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Tenant = Annotated[UUID, mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)]
TenantKey = Annotated[UUID, mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)]
Created = Annotated[datetime, mapped_column(server_default=func.now())]
