"""The language for editors: what is asked over the API, answered in processes of their own.

Owns those processes, what they hold warm, and the bounds of what a question may take. The answers are those of
`treadle.dsl`; nothing here is stored, and nothing is sent to any service.
"""
