"""The command `db`: looking after what is stored."""
