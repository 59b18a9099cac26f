"""The pages with their places in docs/."""

from pathlib import Path

from bench.reference import errors, events, settings

DOCS = Path(__file__).parents[2] / "docs"


def pages() -> dict[Path, str]:
    """The text of each page, as it should be."""
    return {
        DOCS / "errors.md": errors.page(),
        DOCS / "settings.md": settings.page(),
        DOCS / "events.md": replace_tables(DOCS / "events.md", {"events": events.event_table()}),
        DOCS / "webhooks.md": replace_tables(
            DOCS / "webhooks.md", {"messages": events.message_table(), "settings": settings.webhook_table()}
        ),
    }


def replace_tables(path: Path, tables: dict[str, str]) -> str:
    """The page with what stands between its markers replaced."""
    text = path.read_text()
    for name, table in tables.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->\n"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table}\n{end}{after}"
    return text
