"""Screenings of a case: made, stored, replayed, compared, and shown as a recommendation."""
