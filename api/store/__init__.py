"""The store: one data layer on two databases, SQLite in a file and PostgreSQL. It knows nothing of Flask."""
