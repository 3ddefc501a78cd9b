"""Generalizability theory: how much of what is rated is the person, and how much the rater, the item or the occasion.

`designs` finds from the data which facets are crossed and which are nested, `components` estimates their variances,
`dependability` says what another number of raters would give, and `report` is what a study reads.

References
----------
Brennan, R. L. (2001). Generalizability theory. Springer.
"""
