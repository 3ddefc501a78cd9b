"""Rows that are not independent, of persons, raters and places, and time that ends before the outcome is seen.

An interval that takes rows as independent promises too much where they are of few persons, raters or places. Here
whole clusters vary, and whole clusters are drawn.
"""
