"""JUnit XML of tests: one `testsuite` a file, what build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from treadle.cli.faults import InputFault
from treadle.dsl.diagnostics import render

if TYPE_CHECKING:
    from treadle.cli.tested import Tested
    from treadle.runtime.trials.outcomes import Played

_UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold


def write_junit(tested: Tested, path: Path) -> None:
    """Write the file, folders included. Raises `InputFault` when it cannot be written."""
    names = sorted({each.file for each in tested.played} | {each.file for each in tested.errors})
    root = ElementTree.Element("testsuites", _counts(tested, names))
    for name in names:
        suite = ElementTree.SubElement(root, "testsuite", {"name": _fit(name)} | _counts(tested, [name]))
        for each in tested.played:
            if each.file == name:
                _add(suite, each, tested)
        _add_errors(suite, name, tested)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    except OSError as failure:
        raise InputFault(f"{path}: {failure.strerror}.") from None


def _add_errors(suite: ElementTree.Element, file: str, tested: Tested) -> None:
    """A file with errors is a case of its own, called `check`."""
    found = [each for each in tested.errors if each.file == file]
    if not found:
        return
    case = ElementTree.SubElement(suite, "testcase", {"classname": _fit(file), "name": "check", "file": _fit(file)})
    error = ElementTree.SubElement(case, "error", {"message": _fit(found[0].message)})
    error.text = _fit("\n\n".join(render(each, tested.files.get(file, "")) for each in found))


def _add(suite: ElementTree.Element, played: Played, tested: Tested) -> None:
    from treadle.cli.tested import told

    names = {"classname": _fit(played.file), "name": _fit(played.name), "file": _fit(played.file)}
    case = ElementTree.SubElement(
        suite, "testcase", names | {"line": str(played.span.line), "time": f"{played.seconds:.4f}"}
    )
    if played.failure is not None:
        failure = ElementTree.SubElement(case, "failure", {"message": _fit(played.failure.message)})
        failure.text = _fit("\n".join(told(played.failure, tested.files)))


def _counts(tested: Tested, files: Sequence[str]) -> dict[str, str]:
    played = [each for each in tested.played if each.file in files]
    errors = len({each.file for each in tested.errors if each.file in files})
    return {
        "tests": str(len(played) + errors),
        "failures": str(sum(not each.passed for each in played)),
        "errors": str(errors),
        "time": f"{sum(each.seconds for each in played):.4f}",
    }


def _fit(text: str) -> str:
    return _UNFIT.sub("�", text)
