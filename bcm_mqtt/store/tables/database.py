"""The metadata that every table belongs to, and the settings that are stored for all."""

from sqlalchemy import Column, MetaData, Table, Text

metadata = MetaData()

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
