"""The pseudonymised export for research: ratings, versions, decisions and outcomes, with small groups guarded."""
