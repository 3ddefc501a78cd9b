"""Any metric by group: what a study measures its score by, for each group and intersection, with intervals."""
