"""The command `demo`: a whole site with simulated meters, in a folder of its own."""
