"""What can be done with values: arithmetic, comparison, text forms, clocks, and the meter that bounds them.

Pure functions over plain data (`treadle.dsl.values`). Knows no expression and no syntax: `builtins/` declares functions
on top of this, `evaluator/` computes expressions with both.
"""
