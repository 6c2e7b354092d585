"""The process that opens pictures from elsewhere: run as `python -m engage.resources.picture_worker`.

It is a parser process like that of feeds, with the same limits. What comes out was drawn anew as WebP: nothing of the
file that came in is handed on. Sources: SAFETY.md, F6, F8 and U6; STANDARDS.md, 2.5.
"""

import base64
import io
import warnings
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError, features

from engage.outside import cage_worker

# what may be opened; SVG is none of them
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_POINTS = 40_000_000
LEAST_SIDE = 60
LONGEST_SHAPE = 3.0
QUALITY = 80
GROUND = (255, 255, 255)
# a difference between the darkest and the lightest point that an eye does not see
PLAIN = 6


class Unusable(Exception):
    """A picture that is none for us; says why in a word."""


def develop(body: bytes, options: Mapping[str, Any]) -> Any:
    """The picture in the body, in each of the widths, or why there is none.

    Nothing is blown up: the first width that it does not have is given in its own, wider ones are left out.
    """
    try:
        picture = opened(body, max(options["widths"]))
    except Unusable as no:
        return {"refused": str(no)}
    widths = sorted(options["widths"])
    narrower = [width for width in widths if width < picture.width]
    return {
        "width": picture.width,
        "height": picture.height,
        "pictures": [[width, *drawn(picture, width)] for width in widths[: len(narrower) + 1]],
    }


def opened(body: bytes, widest: int) -> Image.Image:
    """The picture, upright, its first frame, without transparency. Raises Unusable."""
    try:
        picture: Image.Image = Image.open(io.BytesIO(body), formats=FORMATS)
    except UnidentifiedImageError as exc:
        raise Unusable("kind") from exc
    width, height = picture.size
    if width * height > MOST_POINTS:
        raise Unusable("huge")
    if min(width, height) < LEAST_SIDE:
        raise Unusable("small")
    if max(width, height) > LONGEST_SHAPE * min(width, height):
        raise Unusable("narrow")
    try:
        picture.draft("RGB", (widest * 2, widest * 2))  # a large JPEG is read at a half, a quarter or an eighth
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((widest * 3, widest * 3), reducing_gap=2.0)
        picture = _flat(picture)
    except (OSError, SyntaxError, ValueError) as exc:
        raise Unusable("broken") from exc
    if all(high - low <= PLAIN for low, high in picture.getextrema()):  # type: ignore[misc]
        raise Unusable("plain")
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, layered)
    return picture.convert("RGB")


def drawn(picture: Image.Image, width: int) -> tuple[int, str]:
    """The height and the bytes, as base64, of the picture in a width."""
    wide = min(width, picture.width)
    high = max(1, round(picture.height * wide / picture.width))
    smaller = picture.resize((wide, high), Image.Resampling.LANCZOS, reducing_gap=3.0)
    kept = io.BytesIO()
    smaller.save(kept, "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return high, base64.b64encode(kept.getvalue()).decode("ascii")


def warm_up() -> None:
    """Load what is loaded late, since afterwards no file can be opened."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # we count the points ourselves, before any is read
    features.check("webp")
    sample = Image.linear_gradient("L").convert("RGB")
    for kind in FORMATS:
        made = io.BytesIO()
        sample.save(made, kind)
        develop(made.getvalue(), {"widths": [80]})
    develop(b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"widths": [80]})


if __name__ == "__main__":
    warm_up()
    cage_worker.main({"picture": develop})
