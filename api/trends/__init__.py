"""Numbers about many cases: counted from whole records, published when a period is over, and asked for."""
