"""Structured professional judgement instruments as data: items, ratings, profiles, exchange forms."""
