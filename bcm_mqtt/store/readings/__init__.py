"""What was read: snapshots in partitions, registers, removed spans, quarantine."""
