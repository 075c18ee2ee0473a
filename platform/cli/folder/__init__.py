"""A folder and the live rule files, kept the same: what is edited in the one goes to the other.

The folder is the workspace: paths are relative to it. Of what both changed since they were last the same, nothing is
overwritten.
"""
