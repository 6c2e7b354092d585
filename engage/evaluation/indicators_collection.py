"""Indicators of the collection: its size, age and balance, its links and feeds, who can use it, what was asked for."""

from collections import Counter
from collections.abc import Callable, Mapping

from engage.engagement.rules import Kind, Mode
from engage.engagement.small_groups import HIDDEN, NOTHING, Value, amount
from engage.evaluation.figures import Taken
from engage.evaluation.measuring import (
    MODE_WORDS,
    Answer,
    Ask,
    Indicator,
    Part,
    Split,
    mean,
    nested,
    plain,
    share_of_things,
    stood,
    things,
    together,
)
from engage.evaluation.stock import Things
from engage.resources.languages import name_of

GROUP, KEPT_UP, ASKED, STAFF = "The collection", "Kept up", "Asked for", "Staff"


def size(taken: Taken) -> int:
    """How many resources are offered."""
    return sum(one.number for one in taken.stock.things)


def _by(name: Callable[[Things], str]) -> Split:
    def split(taken: Taken, fewest: int) -> Mapping[str, Value]:
        sums: Counter[str] = Counter()
        for one in taken.stock.things:
            sums[name(one)] += one.number
        return plain(dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))))

    return split


def place_of(one: Things) -> str:
    """Where a resource is to be had."""
    if one.here and one.online:
        return "On site and online"
    return "On site" if one.here else "Online" if one.online else "Nowhere yet"


def mode_of(one: Things) -> str:
    """How it is taken in."""
    return MODE_WORDS[Mode(one.mode)]


def spoken(language: str) -> str:
    """A language by name."""
    return name_of(language) if language else "Not known"


def age(taken: Taken, fewest: int) -> Answer:
    """How old the resources are whose year is known."""
    dated = [(one.year, one.number) for one in taken.stock.things if one.year is not None]
    many, year = sum(number for _, number in dated), taken.period.ends.year
    return Answer(Value(round(sum((year - of) * n for of, n in dated) / many, 1)) if many else NOTHING, {})


def languages_used(taken: Taken, fewest: int) -> Answer:
    """What was begun, by language."""
    used = taken.stock.languages
    offered = {one.language for one in taken.stock.things} | set(used)
    parts = [
        Part(spoken(one), used[one].number if one in used else 0, nested(used[one].people if one in used else 0))
        for one in sorted(offered)
    ]
    most = max((some.people for some in used.values()), default=0)
    return Answer(amount(sum(some.number for some in used.values()), most, fewest), stood(parts, fewest, together))


def _share(test: Callable[[Things], bool]) -> Ask:
    return share_of_things(lambda taken: (sum(one.number for one in taken.stock.things if test(one)), size(taken)))


def days_to_repair(taken: Taken, fewest: int) -> Answer:
    """How long dead links were dead."""
    days = mean(taken.stock.mending.days)
    return Answer(NOTHING if days is None else Value(days), {})


def requests(taken: Taken, fewest: int) -> Answer:
    """What was asked for."""
    some = taken.stock.asked.requests
    return Answer(amount(some.number, some.people, fewest), {})


def requests_answered(taken: Taken, fewest: int) -> Answer:
    """Of that, what is answered."""
    some, days = taken.stock.asked.requests, taken.stock.asked.days
    return Answer(amount(round(100 * len(days) / some.number) if some.number else 0, some.people, fewest), {})


def days_to_answer(taken: Taken, fewest: int) -> Answer:
    """How long an answer took."""
    some, days = taken.stock.asked.requests, mean(taken.stock.asked.days)
    return Answer(HIDDEN if days is None else amount(days, some.people, fewest), {})


def students_per_hour(taken: Taken, fewest: int) -> Answer:
    """How many students there are for an hour of staff in a week."""
    hours, students = taken.stock.staff_hours, sum(taken.enrolled.values())
    return Answer(amount(round(students / hours, 1), students, fewest) if hours else NOTHING, {})


COLLECTION = (
    Indicator(
        "collection_size",
        "Size of the collection",
        "Resources that the library offers today, editions of one work counted once.",
        "",
        lambda taken, fewest: Answer(Value(size(taken)), _by(mode_of)(taken, fewest)),
        "mode",
        group=GROUP,
        either_way=True,
        splits={
            "format": _by(lambda one: one.format.capitalize()),
            "language": _by(lambda one: spoken(one.language)),
            "place": _by(place_of),
        },
    ),
    Indicator(
        "collection_age",
        "Age of the collection",
        "Years since the resources came out, on average, of those whose year is known.",
        "years",
        age,
        lower_is_better=True,
        group=GROUP,
    ),
    Indicator(
        "online_share",
        "Offered online",
        "Resources that can be had by a link, of all that the library offers today.",
        "%",
        _share(lambda one: one.online),
        group=GROUP,
    ),
    Indicator(
        "accessible",
        "Accessible alternatives",
        "Resources known to have captions, a transcript, large print or audio description, of all offered today.",
        "%",
        _share(lambda one: one.accessible),
        group=GROUP,
    ),
    Indicator(
        "home_access",
        "Open from home",
        "Links that work anywhere without signing in, of all links of resources offered today.",
        "%",
        share_of_things(lambda taken: (taken.stock.mending.open, taken.stock.mending.links)),
        group=GROUP,
    ),
    Indicator(
        "languages_used",
        "Begun from the catalogue",
        "Resources of the catalogue that students began to log, each student and resource once.",
        "",
        languages_used,
        "language",
        group=GROUP,
    ),
    Indicator(
        "dead_links",
        "Dead links",
        "Links that the last look found dead.",
        "links",
        things(lambda taken: taken.stock.mending.still),
        lower_is_better=True,
        group=KEPT_UP,
    ),
    Indicator(
        "days_to_repair",
        "Days to repair a link",
        "Days from the look that found a link dead until one that did not, on average, of links mended in the period.",
        "days",
        days_to_repair,
        lower_is_better=True,
        group=KEPT_UP,
    ),
    Indicator(
        "feeds_alive",
        "Feeds alive",
        "Active feeds that were read without fault in the last 7 days, of all active feeds.",
        "%",
        share_of_things(lambda taken: (taken.stock.feeds[1], taken.stock.feeds[0])),
        group=KEPT_UP,
    ),
    Indicator(
        "feeds_harvested",
        "Harvested from feeds",
        "New entries that feeds brought to the inbox.",
        "entries",
        things(lambda taken: taken.kept.total(Kind.SOURCE_HARVESTED)),
        group=KEPT_UP,
        monthly=True,
    ),
    Indicator(
        "entries_promoted",
        "Promoted from the inbox",
        "Entries of the inbox that a person put before readers, less those taken back.",
        "entries",
        things(lambda taken: taken.kept.total(Kind.ENTRY_PROMOTED)),
        group=KEPT_UP,
        monthly=True,
    ),
    Indicator(
        "requests",
        "Titles asked for",
        "Titles that somebody asked the library for in the period.",
        "",
        requests,
        group=ASKED,
        either_way=True,
    ),
    Indicator(
        "requests_answered",
        "Requests answered",
        "Of the titles asked for in the period, those that have an answer.",
        "%",
        requests_answered,
        group=ASKED,
    ),
    Indicator(
        "days_to_answer",
        "Days to an answer",
        "Days from asking for a title to the answer, on average.",
        "days",
        days_to_answer,
        lower_is_better=True,
        group=ASKED,
    ),
    Indicator(
        "students_per_hour",
        "Students for each staff hour",
        "Students enrolled today, divided by the hours a week of all library staff, added up. "
        "The hours are what the library has said.",
        "students",
        students_per_hour,
        lower_is_better=True,
        group=STAFF,
    ),
)
