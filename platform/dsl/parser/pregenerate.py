"""`python -m treadle.dsl.parser.pregenerate`: writes the tables of the grammar beside it, after a change of either."""

from __future__ import annotations

import msgspec

from treadle.dsl.parser.engine import TABLES, build


def main() -> None:
    """Writes the file. The numbers in it differ from run to run (lark walks sets), what they mean does not."""
    TABLES.write_bytes(msgspec.json.encode(build()) + b"\n")


if __name__ == "__main__":
    main()
