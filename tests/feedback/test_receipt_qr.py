"""The receipt's QR code says the sixteen digits and nothing else."""

import re

import numpy as np
import pytest
import zxingcpp

from feedback.resident.qr import receipt_qr


def _picture(svg: str, *, scale: int = 6) -> np.ndarray:
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]  # it has one
    dark = np.full((size, size), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg):
        dark[int(y), int(x)] = 0
    return dark.repeat(scale, 0).repeat(scale, 1)


@pytest.mark.parametrize("receipt", ["0000000000000000", "4821093377150264", "9999999999999999", "0123456789012345"])
def test_the_code_is_read_back_as_the_sixteen_digits(receipt: str) -> None:
    found = zxingcpp.read_barcode(_picture(receipt_qr(receipt)))
    assert found is not None
    assert found.text == receipt
