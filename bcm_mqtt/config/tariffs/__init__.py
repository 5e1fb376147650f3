"""tariffs.yaml: its schema, and what is made of it."""
