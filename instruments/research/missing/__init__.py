"""What is done about blanks, and how much each conclusion rests on it."""
