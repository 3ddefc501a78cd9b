"""Whether outcomes, as they come in, and people still are what an earlier card or an earlier time said."""
