"""From the checked tree to the execution graph.

Reads the side tables that checking filled and decides nothing again: names are resolved, constants are computed once
and stand in the graph as values, steps get their ids and their successors. Only declarations without an error get here.
"""

from __future__ import annotations

from treadle.dsl.lower.aligning import realign
from treadle.dsl.lower.constants import FileValues, Values
from treadle.dsl.lower.graphs import lower
from treadle.dsl.lower.library import Library
from treadle.dsl.lower.trials import lower_trial, records_of

__all__ = ["FileValues", "Library", "Values", "lower", "lower_trial", "realign", "records_of"]
