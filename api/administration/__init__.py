"""Administration in the browser: people, their roles, sessions and keys, and secrecy units."""
