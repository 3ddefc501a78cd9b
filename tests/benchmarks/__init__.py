"""Underlag beside other engines, in the same run; see `make bench`."""
