"""A guidance as a query that other engines run: one small intermediate form, written as SQL or as Python for polars."""
