"""What to find out next: which blanks can change the outcome, in which order they ask least, and how many are left."""
