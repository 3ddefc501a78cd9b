"""Do raters agree, and do the items hang together."""
