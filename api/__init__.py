"""The HTTP surface: routes, the bearer key, problem documents, the OpenAPI document, and the server in our own loop.

Everything here calls `treadle.runtime.engine.Engine`; nothing here decides what a rule does.
"""
