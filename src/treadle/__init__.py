"""Treadle: automation rules in a language of their own, checked, compiled to a graph and run durably.

This package owns the import name only. The code lives in `platform/` and `api/` at the root of the repository and is
seen here through links (`treadle.dsl`, `treadle.sdk`, `treadle.runtime`, `treadle.api`, `treadle.cli`); a wheel holds
the real folders.
"""


def __getattr__(name: str) -> str:
    """`treadle.__version__`, read from the installed distribution only when somebody asks (33 ms of import saved)."""
    if name == "__version__":
        from importlib.metadata import version

        return version("treadle")
    raise AttributeError(name)
