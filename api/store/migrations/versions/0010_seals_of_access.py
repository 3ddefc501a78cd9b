"""From here on the audit seals what gives access. The tables stay as they are; what is in them is sealed at once."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: Read by `api.store.upgrade`, which has the audit seal every account, key and unit when this version is passed.
begins_seals_of_access = True


def upgrade() -> None:
    """Leave the tables as they are."""
