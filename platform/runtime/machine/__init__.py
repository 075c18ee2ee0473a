"""What a run does next, decided without touching anything.

`program` holds a graph ready to interpret, `state` what a run remembers, `step` walks until the run must act,
`retries` says what follows from a call that did not simply succeed. Pure: no I/O, no clock, no randomness; time and
dice come in as arguments. Workers, `treadle run` and tests call the same code.
"""
