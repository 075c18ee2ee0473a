"""Durable execution of graphs on Postgres.

Five verbs, and no flow calls another: accept, match, advance, call, wake. Each writes, then rings. Everything they ask
of storage stands in `ports.py`.
"""
