"""Which cases are due to be purged, by which rule, and purging them."""
