"""Cases: the journal of each, what may be recorded in it by whom and when, and its pages."""
