"""An address to be pointed a phone at, in a terminal."""

import io

import segno


def qr_lines(address: str) -> list[str]:
    """Return the lines of a QR code made of half blocks, light on dark or dark on light as the terminal is.

    Examples
    --------
    >>> len({len(line) for line in qr_lines("http://192.168.1.7:8766/")})
    1
    """
    drawn = io.StringIO()
    segno.make(address, error="m", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue().splitlines()
