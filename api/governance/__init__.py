"""What a municipality needs for governing the use of Underlag: versioned documents in both languages, and the law."""
