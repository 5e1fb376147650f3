"""The formats of structured invoices."""

from enum import StrEnum


class Profile(StrEnum):
    """A format; the name is that of `--format`."""

    FACTURX = "facturx"
    """Factur-X or ZUGFeRD: CII of EN 16931 within a PDF/A-3."""
    XRECHNUNG = "xrechnung"
    """XRechnung 3.0, in CII."""
    UBL = "ubl"
    """Peppol BIS Billing 3.0, in UBL 2.1."""
