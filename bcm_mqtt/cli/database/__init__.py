"""`db`: the commands that look after the database."""
