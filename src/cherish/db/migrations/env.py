"""What Alembic runs: the steps on the connection that it was given, inside the caller's transaction."""

from alembic import context

from cherish.db import tables
from cherish.db.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[tables.state, tables.journal_parts],
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
