"""Scores made into probabilities, and whether these mean what they say, on persons they were not made of."""
