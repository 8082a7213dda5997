"""QR codes as pictures: PNG for documents, SVG for print shops, the bare matrix for the poster."""

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathImage

# A quarter of the code may be dirty, torn or in glare and it still reads.
_CORRECTION = ERROR_CORRECT_Q
QUIET_ZONE = 4  # modules, ISO/IEC 18004


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of the code for ``text``, row by row, ``True`` is dark; without the quiet zone."""
    code = qrcode.QRCode(error_correction=_CORRECTION, border=0)
    code.add_data(text)
    code.make(fit=True)
    return code.get_matrix()


def qr_png(text: str) -> bytes:
    """A PNG of the code for ``text``, 20 pixels a module, with its quiet zone."""
    return _bytes(
        qrcode.make(text, image_factory=PilImage, error_correction=_CORRECTION, box_size=20, border=QUIET_ZONE)
    )


def qr_svg(text: str) -> bytes:
    """An SVG of the code for ``text``: one path, with its quiet zone, to be scaled at will."""
    return _bytes(
        qrcode.make(text, image_factory=SvgPathImage, error_correction=_CORRECTION, box_size=20, border=QUIET_ZONE)
    )


def _bytes(image: PilImage | SvgPathImage) -> bytes:
    stream = BytesIO()
    image.save(stream)
    return stream.getvalue()
