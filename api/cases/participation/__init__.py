"""The work in a social intervention group, from its start to its follow-up."""
