"""Benchmarks: the common job, end to end, beside DBOS; matching, in one process, beside zen-engine.

Everything but `matching` is a user of the product: processes are started by the command line, events come in over
HTTP, and history is read over HTTP. No module of the product knows that this package exists.
"""
