"""Invented young people, for the demo, the tests, the benchmarks and research on the methods themselves."""
