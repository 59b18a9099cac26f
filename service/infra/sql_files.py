"""SQL that lies in `.sql` files: each in a folder `sql` beside the module that runs it."""

from pathlib import Path

from sqlalchemy import TextClause, text


def statement(module_file: str, name: str) -> TextClause:
    """The statement `sql/<name>.sql` beside a module, which passes its `__file__`; `:name` is a parameter."""
    return text((Path(module_file).parent / "sql" / f"{name}.sql").read_text())
