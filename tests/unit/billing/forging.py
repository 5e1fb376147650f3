"""Forging: what somebody does who may write to the database, or has a file in his hands."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from bcm_mqtt.billing.evidence.keys import Signer
from bcm_mqtt.billing.evidence.statements import bill_statement
from bcm_mqtt.billing.issue.document import chained


@contextmanager
def written_by_hand(database: Path) -> Iterator[sqlite3.Connection]:
    """The database of a site for whoever has its file."""
    with closing(sqlite3.connect(database)) as connection:
        yield connection
        connection.commit()


def rewritten(database: Path, change: Callable[[str], str], signer: Signer | None = None) -> None:
    """Changes documents, and makes the whole chain and all copies fit them again.

    Args:
        database: The file.
        change: Of a document.
        signer: Signs all bills again; None leaves the signatures as they are.
    """
    previous = ""
    with written_by_hand(database) as connection:
        rows = connection.execute("SELECT number, document FROM bill ORDER BY number").fetchall()
        for number, document in rows:
            made = change(document)
            digest = chained(previous, made)
            connection.execute(
                "UPDATE bill SET document = ?, previous_sha256 = ?, sha256 = ? WHERE number = ?",
                (made, previous, digest, number),
            )
            if signer:
                signature = signer.sign(bill_statement(number, digest))
                connection.execute(
                    "UPDATE bill SET signature = ? WHERE number = ?", (signature, number)
                )
            previous = digest
        value = f"{rows[-1][0]} {previous}"
        connection.execute("UPDATE setting SET value = ? WHERE name = 'last_bill'", (value,))


def with_amount(old: str, new: str) -> Callable[[str], str]:
    """Changes an amount in a document, wherever it stands."""
    return lambda document: re.sub(rf'"{re.escape(old)}"', f'"{new}"', document)


def saved_again(pdf: bytes, change: Callable[[pypdfium2.PdfDocument], None] | None = None) -> bytes:
    """A PDF as another program writes it, perhaps changed before."""
    out = BytesIO()
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        if change:
            change(document)
        document.save(out)
    return out.getvalue()


def painted_over(document: pypdfium2.PdfDocument) -> None:
    """A black bar on the first page, which changes no text and no attachment."""
    page = document[0]
    bar = pdfium.FPDFPageObj_CreateNewRect(60, 500, 120, 14)
    pdfium.FPDFPageObj_SetFillColor(bar, 0, 0, 0, 255)
    pdfium.FPDFPath_SetDrawMode(bar, pdfium.FPDF_FILLMODE_WINDING, 0)
    pdfium.FPDFPage_InsertObject(page, bar)
    pdfium.FPDFPage_GenerateContent(page)


def with_text(old: str, new: str) -> Callable[[pypdfium2.PdfDocument], None]:
    """Replaces a text on the pages: the old one is taken out, the new one is set in its place."""

    def change(document: pypdfium2.PdfDocument) -> None:
        for page in document:
            text_page = page.get_textpage()
            for item in list(page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT], textpage=text_page)):
                text = item.extract()
                if old not in text:
                    continue
                left, bottom, *_ = item.get_bounds()
                page.remove_obj(item)
                font = pdfium.FPDFText_LoadStandardFont(document, b"Helvetica")
                made = pdfium.FPDFPageObj_CreateTextObj(document, font, 9)
                encoded = (text.replace(old, new) + "\0").encode("utf-16-le")
                pdfium.FPDFText_SetText(made, pdfium.ctypes.cast(encoded, pdfium.FPDF_WIDESTRING))
                pdfium.FPDFPageObj_Transform(made, 1, 0, 0, 1, left, bottom)
                pdfium.FPDFPage_InsertObject(page, made)
            page.gen_content()

    return change
