"""Prospective monitoring: whether outcomes, as they come in, still are what an earlier evidence card said."""
