"""Accounts connected by consent: asking for it, keeping the tokens, and refreshing them once for all processes."""
