"""Looking after a database: sizes, coverage, removal, backup, records for exports."""
