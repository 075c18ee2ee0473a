"""Bodies as Kommo sends them, byte for byte, from the distribution's files."""

from __future__ import annotations

from importlib.resources import files

FORM = "application/x-www-form-urlencoded"

DELIVERIES: dict[str, tuple[str, bytes]] = {
    file.name.removesuffix(".form"): (FORM, file.read_bytes())
    for file in sorted(files("treadle_kommo").joinpath("deliveries").iterdir(), key=lambda file: file.name)
    if file.name.endswith(".form")
}
