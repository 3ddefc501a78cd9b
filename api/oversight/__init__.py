"""Looking after what is done with records: reviewing the log, the person's rights, and when records go."""
