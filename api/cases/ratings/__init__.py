"""Assessments, their drafts, and blind second ratings."""
