"""Plays `test` blocks: the real matcher and machine in a virtual world, mocked outcomes, expectations in order.

`player.Player` plays, `outcomes` says how it went. Nothing here prints or reads files.
"""
