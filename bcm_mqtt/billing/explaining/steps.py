"""How explanations write numbers."""

from decimal import Decimal


def number(value: Decimal | int) -> str:
    """With thousands separators and its own decimals."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
