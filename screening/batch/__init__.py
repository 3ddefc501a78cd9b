"""Screening tables of any size: read in chunks, decided in columns, written in the order of the rows."""
