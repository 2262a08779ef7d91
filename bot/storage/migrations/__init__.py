"""The migrations of the tables, run by `bot.storage.database.migrate` or by alembic itself."""

# The newest revision, known without importing alembic; a test compares it with the scripts.
HEAD = "0010"
