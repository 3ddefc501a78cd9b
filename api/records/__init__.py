"""The records of a case: what may be recorded, read and shown, by whom and when. It knows nothing of Flask."""
