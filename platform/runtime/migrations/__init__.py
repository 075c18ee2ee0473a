"""The schema's revisions: plain SQL in `sql/`, wrapped for Alembic in `versions/`.

`HEAD` stands here so that an up-to-date start need not import Alembic. Revisions are numbered 0001, 0002, ...; a new
one adds `versions/rNNNN_*.py` and `sql/NNNN_*.sql`, moves `HEAD`, and grants and guards its tables by itself.
"""

from __future__ import annotations

from importlib.resources import files

HEAD = "0027"
SCHEMA = "treadle"


def revision_sql(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return (files(__name__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
