"""What is computed of snapshots: intervals, totals by day, load profiles."""
