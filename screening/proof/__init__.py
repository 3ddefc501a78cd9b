"""A guidance proves itself: what must hold of it in every completion, tried out completely."""
