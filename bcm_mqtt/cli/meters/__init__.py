"""Commands for the meters themselves: scan, read, profiles, simulate. None needs a database."""
