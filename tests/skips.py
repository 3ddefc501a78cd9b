"""Every test that may be skipped, by the reason that it gives: a clone of the repository runs all the others."""

#: The reason as the test states it, and why that is no gap.
SKIPS = {
    "the real data is not beside the repository": (
        "the Catalan records are public but not ours to hand on; what they show is also tested on invented rows"
    ),
    "the source documents lie beside the repository and are not there": (
        "the documents are their publishers' own; each quote was compared with them when it was entered, and is locked"
    ),
    "SQLite has one writer at a time": "nothing waits for a row of it; the test runs on the other database",
    "this machine has no systemd": "the unit is held against the program by other tests; systemd weighs it where it is",
    "a backup of SQLite is a file of SQLite; see below": "the same is tested for the other database by the test below",
    "PostgreSQL is told to vacuum; see below": "the same is tested for the other database by the test below",
    "SQLite overwrites what is deleted; see above": "the same is tested for the other database by the test above",
    "a database of SQLite is damaged in the test above": "the same is tested for the other database by the test above",
}
