"""Tests of what an evidence card says beside its figures."""
