"""JUnit XML of tests: one `testsuite` a file, what build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from treadle.cli.faults import InputFault

if TYPE_CHECKING:
    from treadle.cli.tested import Tested
    from treadle.runtime.trials.outcomes import Played

_UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold


def write_junit(tested: Tested, path: Path) -> None:
    """Write the file, folders included. Raises `InputFault` when it cannot be written."""
    root = ElementTree.Element("testsuites", _counts(tested.played, sum(each.seconds for each in tested.played)))
    for file in dict.fromkeys(each.file for each in tested.played):
        of_file = [each for each in tested.played if each.file == file]
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": _fit(file)} | _counts(of_file, sum(p.seconds for p in of_file))
        )
        for each in of_file:
            _add(suite, each, tested)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    except OSError as failure:
        raise InputFault(f"{path}: {failure.strerror}.") from None


def _add(suite: ElementTree.Element, played: Played, tested: Tested) -> None:
    from treadle.cli.tested import told

    names = {"classname": _fit(played.file), "name": _fit(played.name), "file": _fit(played.file)}
    case = ElementTree.SubElement(
        suite, "testcase", names | {"line": str(played.span.line), "time": f"{played.seconds:.4f}"}
    )
    if played.failure is not None:
        failure = ElementTree.SubElement(case, "failure", {"message": _fit(played.failure.message)})
        failure.text = _fit("\n".join(told(played.failure, tested.files)))


def _counts(played: Sequence[Played], seconds: float) -> dict[str, str]:
    failed = sum(not each.passed for each in played)
    return {"tests": str(len(played)), "failures": str(failed), "errors": "0", "time": f"{seconds:.4f}"}


def _fit(text: str) -> str:
    return _UNFIT.sub("�", text)
