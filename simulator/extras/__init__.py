"""What some seeds play beside the rest: each module is a feature with rules, deeds of people and a law of its own."""
