"""The action plan of a case: its goals and measures, its versions, and how the measures go."""
