"""Chaos and soak: an installation under load, broken on purpose or left in peace, and its books checked afterwards.

A user of the product: processes are started by the command line, deliveries come in over HTTP. The books are read from
the tables themselves. No module of the product knows that this package exists.
"""
