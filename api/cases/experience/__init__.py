"""What the young person and guardians think of the work: asked on paper or on a device that is handed over."""
