"""The try-out: an intake is read, tested against a guidance and explained, and nothing is stored."""
