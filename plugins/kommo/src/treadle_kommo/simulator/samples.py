"""Bodies as Kommo sends them, byte for byte, from the distribution's files."""

from __future__ import annotations

from pathlib import Path

FORM = "application/x-www-form-urlencoded"

_FILES = Path(__file__).parent.parent / "deliveries"  # importlib.resources costs every start 20 ms more

DELIVERIES: dict[str, tuple[str, bytes]] = {
    file.stem: (FORM, file.read_bytes()) for file in sorted(_FILES.glob("*.form"))
}
