"""Reviews of a recommendation, and the result that applies."""
