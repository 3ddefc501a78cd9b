"""Pages for people: the demo of an intake, and what the problems mean."""
