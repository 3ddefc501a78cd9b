"""What the items of an instrument have in common: correlations behind their levels, factors, and one scale or several.

Own code, since no kept library gives these figures: factor_analyzer does not run with today's scikit-learn, semopy has
no standard errors of polychoric correlations. Rotations are those of statsmodels. Each module cites its estimator.
"""
