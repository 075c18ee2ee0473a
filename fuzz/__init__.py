"""What the language must bear: bombs, damaged texts, edits without end, ways out. `python -m fuzz --minutes 60`.

Owns the making of texts and the laws that hold for every text; the tests run a small, fixed part of it.
"""
