"""The shipped guidance, written in other engines as their users would write it."""
