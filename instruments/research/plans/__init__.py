"""Plans that are fixed before an analysis, and what an analysis did otherwise."""
