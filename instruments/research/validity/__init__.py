"""Do scores and the summary rating tell who had an outcome, and does it help to depart from what was suggested."""
