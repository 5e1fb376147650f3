"""Reads a PDF that somebody else has made, as a process of its own with limits.

A PDF may be made to hurt its reader, so this runs alone: `python pdf_reading.py` takes the PDF
from standard input and writes JSON: of each page its text, and its picture in grey. It imports
nothing of the package, so that it starts at once.
"""

import json
import resource
import sys
from base64 import b64encode

MOST_PAGES = 60
SCALE = 50 / 72
"""Pixels for a point: 50 an inch, enough to see a digit that was painted over."""
MOST_PIXELS = 300_000
"""Of a page: one of A4 or Letter has 240,000."""
MOST_CHARACTERS = 1_000_000
"""Of all pages."""
_MEMORY = 1 << 30
_CPU_S = 20


def main() -> int:
    """Reads standard input; 1 where it is no PDF, or larger than a bill can be."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    import pypdfium2  # noqa: PLC0415 - within the limits

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError:
        return 1
    if len(document) > MOST_PAGES:
        return 1
    pages = []
    characters = 0
    for page in document:
        width, height = page.get_size()
        text = page.get_textpage().get_text_bounded()
        characters += len(text)
        # Whoever asked has to hold it all, too.
        if width * height * SCALE**2 > MOST_PIXELS or characters > MOST_CHARACTERS:
            return 1
        bitmap = page.render(scale=SCALE, grayscale=True)
        grey = bitmap.to_numpy()
        pages.append(
            {
                "text": text,
                "height": grey.shape[0],
                "width": grey.shape[1],
                "picture": b64encode(grey.tobytes()).decode(),
            }
        )
    sys.stdout.write(json.dumps(pages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
