"""The table of the shifts that edits have trained, by what they were trained on."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Table, TenantKey


class EditShift(Table):
    """The shift that a tenant's edits of one picture have trained; deleted with the shift."""

    __tablename__ = "edit_shifts"

    tenant_id: Mapped[TenantKey]
    key: Mapped[str] = mapped_column(primary_key=True)  # of base, picture, description and training
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Created]
