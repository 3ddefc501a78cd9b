"""What a municipality decides for itself, as versioned data."""
