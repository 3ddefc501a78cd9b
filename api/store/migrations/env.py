"""How Alembic runs here: on the connection that `api.store.upgrade` hands it, in one transaction."""

from alembic import context

from api.store.account_tables import Account
from api.store.columns import Model
from api.store.request_tables import AnsweredRequest
from api.store.schema import Case

connection = context.config.attributes["connection"]
# importing the tables is what fills the metadata
assert Case.metadata is Account.metadata is AnsweredRequest.metadata is Model.metadata  # noqa: S101

context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
