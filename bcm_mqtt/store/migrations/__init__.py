"""The schema's history, for Alembic; `0001` makes the first tables."""
