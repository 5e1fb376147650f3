"""What tests against a real Home Assistant share."""
