"""The whole runtime under faults, played from a seed: `python -m simulator --seeds 2000`.

Several workers and an API over one store in memory, a service that they call, senders and people, all on one event loop
whose time is made up. What runs is the real runtime; simulated are the machines, the network and what goes wrong.
"""
