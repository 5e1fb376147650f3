"""The JSON API below `/api/v1`, and the event stream."""
