"""circuits.csv: read, checked, edited and written."""
