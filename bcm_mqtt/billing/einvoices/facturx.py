"""The metadata that make a PDF/A-3 with an invoice in it a Factur-X (ZUGFeRD) document."""

from io import BytesIO
from typing import Final

from bcm_mqtt.errors import WorkError

FILE_NAME: Final = "factur-x.xml"
"""Of the attachment, as Factur-X 1.0 wants it."""
_NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_SCHEMAS_END: Final = "</rdf:Bag></pdfaExtension:schemas>"
_END: Final = "</rdf:RDF>"
_PROPERTIES: Final = (
    ("DocumentFileName", FILE_NAME, "Name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE", "Type of the hybrid document"),
    ("Version", "1.0", "Version of the Factur-X data"),
    ("ConformanceLevel", "EN 16931", "Conformance level of the Factur-X data"),
)


def marked(pdf: bytes) -> bytes:
    """A PDF with the Factur-X properties, and the schema that PDF/A wants of them, in its XMP.

    Args:
        pdf: PDF/A-3 as Typst writes it, with the invoice attached.

    Raises:
        WorkError: its XMP is not as Typst writes it.
    """
    # Not at the top: the page's process makes no invoice before somebody asks for one.
    from pikepdf import Pdf  # noqa: PLC0415

    out = BytesIO()
    with Pdf.open(BytesIO(pdf)) as document:
        stream = document.Root.Metadata
        xmp = stream.read_bytes().decode()
        if xmp.count(_SCHEMAS_END) != 1 or xmp.count(_END) != 1:
            raise WorkError("the metadata of a PDF are not as Typst 0.15 writes them")
        xmp = xmp.replace(_SCHEMAS_END, _schema() + _SCHEMAS_END)
        stream.write(xmp.replace(_END, _values() + _END).encode())
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _values() -> str:
    said = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _PROPERTIES)
    return f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{said}</rdf:Description>'


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        for name, _, what in _PROPERTIES
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
