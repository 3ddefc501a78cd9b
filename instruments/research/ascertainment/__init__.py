"""Who could have had an outcome: of whom it could be seen, and who received what was to prevent it."""
