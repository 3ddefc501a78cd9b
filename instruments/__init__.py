"""Structured professional judgement instruments as data: items, ratings, profiles and their exchange forms."""
