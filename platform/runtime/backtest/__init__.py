"""Backtests: recorded events once more through the published rules and through others, nothing sent, and what differs.

`replaying.backtest` does it on a virtual clock; `past` is what it reads; `jobs` and `child` let it run beside the API.
"""
