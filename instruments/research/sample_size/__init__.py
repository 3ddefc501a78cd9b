"""How many persons a study needs, and whether a sample has them."""
