"""Figures with their intervals, what reports are put together from, and how they are shown and drawn."""
