"""Numbers about many cases: a fixed lattice of tables, counted from rows and published so that nobody is found."""
