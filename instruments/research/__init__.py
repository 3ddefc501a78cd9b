"""Research on an instrument: is it reliable, is it valid, for whom, and does it stay so.

Nothing here is used when a person is screened. Totals exist in what these modules give, labelled as research, and
nowhere else. scikit-learn's conventions hold: ratings come as a DataFrame with a row a person and NaN for a blank.
"""
