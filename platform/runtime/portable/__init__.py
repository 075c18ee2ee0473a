"""A workspace as one file: its rule files, its connections without their secrets, and which rules are switched."""
