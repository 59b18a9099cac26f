"""Where a base's weights are: a folder, a hub id, or a folder that an installed package ships."""

from importlib.metadata import entry_points
from importlib.resources import files

from service.bases import SHIPPED, SHIPPED_GROUP


class NotShipped(LookupError):
    """A base is registered as shipped, and no installed package ships it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No installed package ships the base {name!r}.")


def location(source: str) -> str:
    """The folder or hub id that a registered source means on this machine."""
    if not source.startswith(SHIPPED):
        return source
    name = source.removeprefix(SHIPPED)
    for entry in entry_points(group=SHIPPED_GROUP, name=name):
        return str(files(entry.value) / name)
    raise NotShipped(name)
