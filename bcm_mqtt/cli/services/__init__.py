"""The services: each runs until a signal ends it, or supervised by another one."""
