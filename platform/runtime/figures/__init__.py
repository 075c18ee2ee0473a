"""Figures over time: what happened, added up from the changes, and read in steps for a picture."""
