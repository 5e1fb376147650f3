"""Writes the example of a bill into docs/examples, and its pictures: `make example`."""  # noqa: INP001

import struct
import zlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pypdfium2

from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.review import holds
from bcm_mqtt.domain.site.customer import Customer
from unit.billing import example_bill as example
from unit.builders import panel

DOCS = Path(__file__).parents[1] / "docs"
SCALE = 1.6


def picture(pdf: bytes) -> bytes:
    """The first page as a PNG."""
    document = pypdfium2.PdfDocument(pdf)
    bitmap = document[0].render(scale=SCALE, rev_byteorder=True)
    rows = memoryview(bitmap.buffer).cast("B")
    lines = (rows[y * bitmap.stride :][: bitmap.width * 3] for y in range(bitmap.height))
    body = zlib.compress(b"".join(b"\0" + bytes(line) for line in lines), 9)
    head = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 2, 0, 0, 0)
    document.close()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    )


def held(bill: Bill) -> Bill:
    """As on a site that lets nearly nothing pass unseen."""
    return replace(bill, status=BillStatus.HELD, holds=tuple(holds(bill, Decimal("0.005"))))


def main() -> None:
    """Writes all of them."""
    bill = example.issued(example.bill(12))
    others = [
        example.bill(6, Customer("Globex", "Globex Corporation"), seed=2),
        held(example.bill(9, Customer("Initech", "Initech, Inc."), seed=3)),
    ]
    panels = {
        name: panel(name) for name in ("rpp-1a", "rpp-1b", "rpp-2a", "rpp-2b", "rpp-3a", "rpp-3b")
    }
    summary = pdf_summary(
        example.site(bill, *others), replace(example.ISSUER, footer=()), example.MADE, panels
    )
    pdf = pdf_bill(bill, example.ISSUER, example.MADE)
    (DOCS / "examples").mkdir(exist_ok=True)
    (DOCS / "examples" / "bill.pdf").write_bytes(pdf)
    (DOCS / "examples" / "summary.pdf").write_bytes(summary)
    (DOCS / "images" / "bill.png").write_bytes(picture(pdf))
    (DOCS / "images" / "summary.png").write_bytes(picture(summary))


if __name__ == "__main__":
    main()
