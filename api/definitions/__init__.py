"""Instruments, guidances, evidence cards and documents of governance, as data and as pages."""
