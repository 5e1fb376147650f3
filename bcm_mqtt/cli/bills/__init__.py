"""The commands `bill`, `explain` and `vee`."""
