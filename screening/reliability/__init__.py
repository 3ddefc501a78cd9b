"""Decision reliability: how often another professional's rating of the same person would turn the recommendation."""
