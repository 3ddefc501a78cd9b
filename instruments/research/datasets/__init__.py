"""From a table to a data set in which every cell is checked: its ratings, facts, outcomes, groups and scores."""
