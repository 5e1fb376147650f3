"""The command `circuits`: the directory, its history and its edits."""
