"""Item response theory: what items tell along a trait, and whether they do so alike in every group."""
