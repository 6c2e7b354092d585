"""The jacket of a resource that has no picture: drawn from its title, creator and mode, always the same."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from engage.web.art.chance import Chance
from engage.web.art.field import Field
from engage.web.art.inks import BLACK, INK_NAMES, INKS, PLATE
from engage.web.art.lettering import creator_line, fit, title_block
from engage.web.art.posters import PATTERNS, SCENES
from engage.web.art.shapes import HIDDEN, number, rectangle

# words of a title, whole, and the scenes they bring to mind; the first row that has one counts.
# A scene may stand twice, so that it comes up more often.
HINTS = (
    (
        ("rocket", "planet", "rocket"),
        "rocket apollo nasa houston spacegirl moonshot astronaut launch",
    ),
    (
        ("planet", "planet", "crescent"),
        "planet planets space cosmos cosmic galaxy universe astrophysics saturn mars curious",
    ),
    (
        ("sky", "crescent", "owl", "mountain", "crescent", "sky"),
        "moon moons star stars starry stargazing night sky dark darkest constellation constellations midnight dream",
    ),
    (
        ("sea", "sea", "fish"),
        "sea ocean boat ship island pirate pirates wave waves sail voyage treasure whale river",
    ),
    (("fish",), "fish shark pond aquarium mermaid swim"),
    (("forest", "forest", "owl"), "forest woods tree trees wild jungle wolf bear bears fox"),
    (("mountain",), "mountain mountains snow winter climb north peak ice"),
    (("owl",), "owl owls ghost haunted scary spooky coraline graveyard bat witch hollow"),
    (("bird",), "bird birds wing wings duck goose crow raven eagle fly"),
    (("garden",), "garden flower flowers plant plants seed bloom spring farm grow secret"),
    (("town",), "house houses home street city town room castle school shop hotel"),
    (
        ("books", "town"),
        "book books library story stories tale tales read reader reading word words",
    ),
    (("road", "mountain"), "road journey travel walk train railway bus world away"),
    (("face",), "funny laugh joke jokes silly wow kid kids boy girl me"),
    (("sunrise",), "sun sunny summer day morning light fire hot kind"),
    (
        ("blocks",),
        "build making maker math number numbers science brains tumble engineer robot code powers figures",
    ),
)
WORD_SCENES = tuple((scenes, frozenset(words.split())) for scenes, words in HINTS)

# some scenes only look right on some inks; the ink that was picked chooses among them by its place
SCENE_INKS = {
    "crescent": ("night", "plum", "blue", "leaf", "tomato"),
    "rocket": ("blue", "tomato", "sky", "marigold", "plum", "pool"),
    "sky": ("night", "plum", "blue", "leaf", "night"),
    "planet": ("night", "plum", "blue", "tomato"),
    "owl": ("marigold", "plum", "leaf", "night", "sand"),
}


@dataclass(frozen=True)
class Format:
    """How the jackets of one mode are cut: units, the sizes a title may have, how many lines and how much height."""

    width: int
    height: int
    margin: int
    sizes: tuple[int, ...]
    most_lines: int
    title_share: float
    scenes: tuple[str, ...]
    chip: str


FORMATS = {
    "reading": Format(
        width=200,
        height=300,
        margin=15,
        sizes=(38, 34, 30, 27, 24, 21, 19, 17, 15),
        most_lines=5,
        title_share=0.36,
        scenes=(
            *("sunrise", "road", "town", "garden", "mountain", "bird"),
            *("blocks", "forest", "sea", "face", "books"),
        ),
        chip='<rect width="24" height="24" rx="4" fill="#FFFBF1"/><path fill="#1A2233" d="M4.5 6.5c2.7-.8 5.2-.5 7 .9'
        'v11c-1.8-1.2-4.3-1.5-7-.8zM19.5 6.5c-2.7-.8-5.2-.5-7 .9v11c1.8-1.2 4.3-1.5 7-.8z"/>',
    ),
    "listening": Format(
        width=200,
        height=200,
        margin=14,
        sizes=(32, 28, 25, 22, 19, 17, 15),
        most_lines=3,
        title_share=0.4,
        scenes=("sound", "sound", "bird", "town", "sunrise"),
        chip='<circle cx="12" cy="12" r="12" fill="#FFFBF1"/><path fill="none" stroke="#1A2233" stroke-width="2.2" '
        'stroke-linecap="round" d="M6.5 10.5v3M10.2 7v10M13.9 8.8v6.4M17.6 10.5v3"/>',
    ),
    "viewing": Format(
        width=240,
        height=180,
        margin=14,
        sizes=(30, 26, 23, 20, 18, 16),
        most_lines=3,
        title_share=0.36,
        scenes=("beam", "beam", "mountain", "road", "sunrise"),
        chip='<rect y="1.5" width="24" height="21" rx="5" fill="#FFFBF1"/><path fill="#1A2233" d="M9 7v10l8.5-5z"/>',
    ),
}
LABEL_SIZES = (27, 24, 21, 19, 17, 15, 13)
LABEL_LINES = 6


@dataclass(frozen=True)
class Choice:
    """What chance has chosen for a jacket: its ink, and a picture below the title or a pattern round a label."""

    ink: str
    picture: str
    label: bool


def choose(title: str, creator: str, mode: str) -> tuple[Choice, Chance]:
    """The look of a jacket, and the chance that goes on to draw it.

    Source: DESIGN-SYSTEM.md, section 7, rules 1 to 6.
    """
    words = _plain(title).split()
    chance = Chance("\x1f".join((" ".join(words), " ".join(_plain(creator).split()))))
    ink = chance.pick(INK_NAMES)
    hinted = next((scenes for scenes, hints in WORD_SCENES if not hints.isdisjoint(words)), None)
    layout = chance.byte() % 8
    pattern = chance.pick(tuple(PATTERNS))
    if mode == "reading" and layout < (2 if hinted else 4):
        return Choice(ink, pattern, label=True), chance
    scene = chance.pick(hinted or FORMATS[mode].scenes)
    if suited := SCENE_INKS.get(scene):
        ink = suited[INK_NAMES.index(ink) % len(suited)]
    return Choice(ink, scene, label=False), chance


@lru_cache(maxsize=2048)
def cover(title: str, creator: str, mode: str) -> Markup:
    """A jacket as an inline drawing; the title stands beside it in the page, so it is hidden from screen readers.

    mode: reading is upright, listening square, viewing a screen.
    Source: DESIGN-SYSTEM.md, section 7, rules 7 to 12.
    """
    cut = FORMATS[mode]
    choice, chance = choose(title, creator, mode)
    ink = INKS[choice.ink]
    drawn = rectangle(0, 0, cut.width, cut.height, ink.field)
    if choice.label:
        drawn += PATTERNS[choice.picture](Field(cut.width, cut.height, 0, ink, chance)) + _label(title, creator, cut)
    else:
        setting = fit(title, cut.width - cut.margin * 2, cut.title_share * cut.height - 8, cut.sizes, cut.most_lines)
        foot = cut.margin + setting.height
        top = max(foot + 22, cut.height * 0.34)
        drawn += SCENES[choice.picture](Field(cut.width, cut.height, top, ink, chance))
        drawn += title_block(setting, cut.margin, cut.margin - 2, ink.words)
        drawn += creator_line(creator, cut.margin, foot + 11, ink.words, "start", cut.width - cut.margin * 2)
    if mode == "reading":
        # the hinge of the binding
        drawn += f'<path opacity=".16" d="M0 0h5v{cut.height}H0z"/>'
    drawn += f'<g transform="translate({cut.width - 32} {cut.height - 32})">{cut.chip}</g>'
    size = f'viewBox="0 0 {cut.width} {cut.height}" width="{cut.width}" height="{cut.height}"'
    return Markup(f'<svg class="cover" {size} {HIDDEN}>{drawn}</svg>')


def _label(title: str, creator: str, cut: Format) -> str:
    setting = fit(title, cut.width - 68, 112, LABEL_SIZES, LABEL_LINES)
    height = setting.height + 46
    y = (cut.height - height) * 0.42
    keyline = (
        f'<rect x="26" y="{number(y + 4)}" width="{cut.width - 52}" height="{number(height - 8)}" '
        f'fill="none" stroke="{BLACK}" stroke-width="1"/>'
    )
    middle = cut.width / 2
    return "".join(
        (
            rectangle(22, y, cut.width - 44, height, PLATE),
            keyline,
            title_block(setting, middle, y + 15, BLACK, "middle"),
            creator_line(creator, middle, y + height - 13, BLACK, "middle", cut.width - 62),
        )
    )


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9 ]+", " ", ascii_text.lower())
