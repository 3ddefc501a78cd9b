"""Whether an instrument works alike for everyone: reports and any metric, by group and intersection."""
