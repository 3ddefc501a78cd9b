"""What leaves a case: who reads it, what each reader sees, extracts and views."""
