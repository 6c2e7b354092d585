"""The printing room: scenes, patterns, lettering and figures, drawn as SVG from a seed, the same on every machine."""

from engage.web.art.figures import lanterns, stargazer
from engage.web.art.inks import INK_NAMES
from engage.web.art.posters import PATTERNS, SCENES, SUBJECTS, frame, frieze, poster
from engage.web.art.seals import seal, shelf_with_a_gap

__all__ = [
    "INK_NAMES",
    "PATTERNS",
    "SCENES",
    "SUBJECTS",
    "frame",
    "frieze",
    "lanterns",
    "poster",
    "seal",
    "shelf_with_a_gap",
    "stargazer",
]
