"""The one way out of this program: HTTP with address rules, caps, rates and an honest account of what was sent."""
