"""Worked cases: intakes with what a guidance ought to make of them, written and worked out by people."""
