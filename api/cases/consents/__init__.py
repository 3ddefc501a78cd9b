"""Consents per person and recipient."""
