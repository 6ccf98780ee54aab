"""Draws how a photograph flows through the measurement: `python docs/make_flow.py`. The drawing's words stand here."""

from html import escape
from pathlib import Path

PICTURE = Path(__file__).parent / "pictures" / "flow.svg"

STAGES = (
    ("1", "Reading", "pixels, capture facts, SHA-256", "photograph"),
    ("2", "Card", "24 patches, where they lie", "photograph"),
    ("3", "Colour", "from the camera's numbers to CIE XYZ", "photograph"),
    ("4", "Scale", "millimetres a pixel", "photograph"),
    ("5", "Checks", "usable? why not? what to do?", "photograph"),
    ("6", "Frame", "every photograph on the baseline's skin", "course"),
    ("7", "Pigment", "melanin and redness, one ruler", "course"),
    ("8", "Spots", "found on all sessions together", "course"),
    ("9", "Measures", "area, contrast, load, each with u", "photograph"),
    ("10", "Change", "interval, smallest detectable, verdict", "course"),
    ("12", "Report", "charts, tables, pages", "course"),
)
"""Part of the method, name, what it hands on, and what it looks at."""

COLOURS = {"photograph": ("#dcebf7", "#1f5c8c"), "course": ("#fbe6cf", "#8a4b08")}
WIDTH, ROW, TOP, BOX = 640, 62, 60, 44


def stage(number: str, name: str, result: str, looks_at: str, top: int) -> str:
    """One stage: its number and name in a box, what it hands on beside."""
    fill, ink = COLOURS[looks_at]
    middle = top + BOX // 2 + 7
    return (
        f'<rect x="16" y="{top}" width="182" height="{BOX}" rx="7" fill="{fill}" stroke="{ink}" stroke-width="1.5"/>'
        f'<text x="30" y="{middle}" fill="{ink}" font-weight="600">{number}</text>'
        f'<text x="64" y="{middle}" fill="{ink}" font-weight="600">{escape(name)}</text>'
        f'<text x="222" y="{middle}" fill="#333">{escape(result)}</text>'
    )


def arrow(top: int) -> str:
    """From one stage to the next."""
    start, end = top + BOX, top + ROW
    return f'<path d="M107 {start} V{end - 5} M101 {end - 9} L107 {end - 2} L113 {end - 9}" class="a"/>'


def drawing() -> str:
    """Return the drawing as SVG."""
    height = TOP + ROW * len(STAGES) - ROW + BOX + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * 3 // 4}" viewBox="0 0 {WIDTH} {height}" role="img"',
        ' aria-label="' + ", then ".join(f"{name}: {escape(result)}" for _, name, result, _ in STAGES) + '">',
        "<style>text{font:20px sans-serif}.a{stroke:#777;stroke-width:2;fill:none}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for left, looks_at, words in ((16, "photograph", "each photograph alone"), (300, "course", "the whole course")):
        fill, ink = COLOURS[looks_at]
        parts.append(f'<rect x="{left}" y="18" width="20" height="20" rx="4" fill="{fill}" stroke="{ink}"/>')
        parts.append(f'<text x="{left + 30}" y="35" fill="#333">{words}</text>')
    for row, each in enumerate(STAGES):
        top = TOP + ROW * row
        parts.append(stage(*each, top))
        if row + 1 < len(STAGES):
            parts.append(arrow(top))
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
