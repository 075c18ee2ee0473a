"""The language: text in; graph, diagnostics and edits out.

Pure: no I/O, no async, and no plugin is known by name. The world a file is checked against comes in as one argument,
the catalogue (`treadle.dsl.catalogue`). Services for callers stand in `treadle.dsl.facade`.
"""
