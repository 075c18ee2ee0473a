"""What can be known about conditions without running them: value domains, decision tables, checks across rules.

Pure, and on lowered data alone: expressions and graphs. Nothing here decides what a rule does; it finds what cannot
happen and what must, and says so when it cannot tell.
"""
