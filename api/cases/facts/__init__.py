"""Facts of a case, each with its source and date."""
