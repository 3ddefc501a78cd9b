"""Routes of what is recorded: each reads the shape of a request, calls the records, and gives back data."""
