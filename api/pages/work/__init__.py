"""Pages for those who work with cases: what waits, intake, rating, recommendation, review and follow-up."""
