"""The bases as one transaction sees them: each is read once, however often it is asked for."""

from sqlalchemy.orm import Session

from service import bases
from service.bases import BaseRef
from service.errors import BaseRetired, UnknownBase


class Catalogue:
    """Newest revisions by their names; older ones as they are asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._newest = {base.name: base for base in bases.listing(session)}
        self._pinned: dict[tuple[str, str], BaseRef | None] = {}

    def find(self, name: str) -> BaseRef:
        """The newest revision of a name, retired or not; UnknownBase if there is none."""
        if name not in self._newest:
            raise UnknownBase(name)
        return self._newest[name]

    def current(self, name: str) -> BaseRef:
        """The newest revision of a name; UnknownBase if there is none, BaseRetired if it is no longer served."""
        base = self.find(name)
        if base.retired:
            raise BaseRetired(name)
        return base

    def pinned(self, name: str, fingerprint: str) -> BaseRef:
        """The newest revision of a name with these weights; BaseRetired if it is no longer served."""
        asked = (name, fingerprint)
        if asked not in self._pinned:
            self._pinned[asked] = self._look_up(*asked)
        base = self._pinned[asked]
        if base is None:
            raise BaseRetired(name)
        return base

    def _look_up(self, name: str, fingerprint: str) -> BaseRef | None:
        try:
            return bases.pinned(self._session, name, fingerprint)
        except BaseRetired:
            return None
