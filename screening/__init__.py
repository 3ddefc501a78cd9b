"""Screening: facts and ratings tested against the criteria of a guidance, with the complete explanation."""
