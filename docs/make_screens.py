"""Makes the README's pictures anew from the sample course: `python docs/make_screens.py [RESULTS]`.

RESULTS is a folder that `pigtrack demo` wrote; without it the sample course is measured first. Pages are photographed
by Chromium, where it is installed; without it their pictures stay as they are, and that is said.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from pigtrack.tracker import demo

PICTURES = Path(__file__).parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

PAGES = (
    ("report.html", "report.jpg", (1100, 850), 1),
    ("patient.html", "phone.jpg", (390, 1010), 2),
)
"""Page, picture, width and height of the window, pixels of the screen to one of the page."""

SHRUNK = (("charts/course.png", "course.png", 1100), ("overlays/session-01.jpg", "overlay.jpg", 1000))
"""File of the results, picture, its width."""

HEAVIEST = 300_000


def shoot(browser: str, page: Path, size: tuple[int, int], scale: int, folder: Path) -> Path:
    """Photograph the top of a page."""
    target = folder / f"{page.stem}.png"
    done = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
            *(f"--user-data-dir={folder / 'browser'}", f"--force-device-scale-factor={scale}"),
            *(f"--window-size={size[0]},{size[1]}", f"--screenshot={target}", page.resolve().as_uri()),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    if not target.exists():
        raise RuntimeError(f"no picture of {page.name}: {done.stderr.decode(errors='replace')[-300:]}")
    return target


def save(picture: Image.Image, target: Path) -> None:
    """Save a picture so that it stays light."""
    if target.suffix == ".png":
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
    else:
        picture.convert("RGB").save(target, quality=84, optimize=True)
    if target.stat().st_size > HEAVIEST:
        raise ValueError(f"{target.name} must stay below {HEAVIEST} bytes, has {target.stat().st_size}")


def make(results: Path, folder: Path) -> None:
    """Make all pictures of a results folder."""
    for name, picture, width in SHRUNK:
        with Image.open(results / name) as shown:
            height = round(shown.height * width / shown.width)
            save(shown.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), PICTURES / picture)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write("No Chromium here, so the pictures of the pages stay as they are.\n")
        return
    for page, picture, size, scale in PAGES:
        with Image.open(shoot(browser, results / page, size, scale, folder)) as shown:
            save(shown, PICTURES / picture)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(work) / "demo"
        if len(sys.argv) < 2:
            demo(out=out)
        make(out, Path(work))
