"""What the application holds: definitions, sentences, clock, database, policies and settings."""
