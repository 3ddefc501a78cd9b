"""What a deployment sets, read once from the environment; and its clock."""
