"""The twelve spot inks of the printing room, and how two of them mix."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """One poster ink: a flat field and the five colours that print on it.

    Source: DESIGN-SYSTEM.md, section 3. `tokens.css` holds the same fields under [data-ink].
    """

    field: str
    big: str
    accent: str
    ground: str
    middle: str
    words: str


# the order is part of the rule of covers: a byte picks an ink by its place
INKS = {
    "night": Ink("#1A2B57", "#F2B02E", "#E2573F", "#0F1A38", "#2F4A86", "#FFF6E0"),
    "tomato": Ink("#C93A23", "#F7DFA8", "#F2B02E", "#5E160C", "#93260F", "#FFF8EA"),
    "marigold": Ink("#F2B02E", "#CF3B24", "#FFF3D2", "#1A2B57", "#D98A1C", "#1A2233"),
    "leaf": Ink("#1F6E4A", "#F2B02E", "#F5E9CC", "#0D3A29", "#3C9067", "#FFF6E0"),
    "pool": Ink("#BFDFDA", "#CF3B24", "#F2B02E", "#0F5F6B", "#6DB3B1", "#1A2233"),
    "rose": Ink("#F3B7AE", "#B8321F", "#FFF1DD", "#5B2C58", "#CF7F86", "#1A2233"),
    "paper": Ink("#F7EBD0", "#CF3B24", "#F2B02E", "#1F4E9E", "#9DB9DC", "#1A2233"),
    "meadow": Ink("#DCE3B4", "#F2B02E", "#CF3B24", "#1F6E4A", "#93B871", "#1A2233"),
    "plum": Ink("#5B2C58", "#F0A49C", "#F2B02E", "#311530", "#83507D", "#FFF3E6"),
    "sky": Ink("#C9DDED", "#F2B02E", "#CF3B24", "#1F4E9E", "#86ABD4", "#1A2233"),
    "sand": Ink("#E9CF9B", "#B8321F", "#FFF3D2", "#0F5F6B", "#C79A55", "#1A2233"),
    "blue": Ink("#1F4E9E", "#F3B7AE", "#F2B02E", "#12285A", "#4676C6", "#FFF6E0"),
}
INK_NAMES = tuple(INKS)

BLACK = "#1A2233"
PUPIL = "#141923"
PLATE = "#FFFBF1"
SNOW = "#FFF6E0"


def mix(first: str, second: str, share: float) -> str:
    """The colour between two, `share` of the way (0 to 1) from the first to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * share):02X}" for one, other in pairs)


def is_light(colour: str) -> bool:
    """Whether a colour can stand for snow."""
    return sum(_channels(colour)) > 400


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
