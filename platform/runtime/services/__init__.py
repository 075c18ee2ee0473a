"""What people and programs ask for from outside, one module a topic.

Each function takes the engine and the `Principal` who asks, and requires a right of it in its first line; routes and
the remote command line only translate. Owns who may do what; the doing belongs to the modules that these call.
"""
