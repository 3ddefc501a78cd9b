"""What is computed from arrays alone: areas, shares at cuts, models, effects, their intervals and bootstraps."""
