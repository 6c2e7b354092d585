"""What is true of activities and prompts, and of what a challenge of them may ask for."""

from collections.abc import Mapping, Sequence
from typing import Any

from engage.errors import Refused
from engage.programs.joining_rules import folded
from engage.programs.rules import ActivityKind, ChallengeKind

MOST_THINGS = 40
LONGEST_THING = 200
MOST_TIMES = 400
IN_ORDER = "in_order"  # in Challenge.details: a list challenge takes the titles in the order of the list
OF_THINGS = frozenset({ChallengeKind.ACTIVITIES, ChallengeKind.PROMPTS})


def check_new_things(kind: ChallengeKind, titles: Sequence[str]) -> None:
    """Refuse too many new activities, or words that are none. Raises Refused."""
    if titles and kind not in OF_THINGS:
        raise Refused("Only activities and prompts are written one by one.", about="things")
    if any(len(title) > LONGEST_THING for title in titles):
        raise Refused(f"Use up to {LONGEST_THING} letters for each.", about="things")
    if len(titles) > MOST_THINGS:
        raise Refused(f"A challenge holds up to {MOST_THINGS} of them.", about="things")


def check_goal(kind: ChallengeKind, goal: int, rows: Sequence[Mapping[str, Any]], new: Sequence[str]) -> None:
    """Refuse to ask for more activities or prompts than can be done. rows: those that stand. Raises Refused."""
    if kind not in OF_THINGS:
        return
    here = [row for row in rows if row.get("gone_on") is None]
    if not here and not new:
        raise Refused("Write down at least one thing to do.", about="things")
    if len(here) + len(new) > MOST_THINGS:
        raise Refused(f"A challenge holds up to {MOST_THINGS} of them.", about="things")
    most = sum(row["most"] for row in here) + len(new)
    if all(row["most"] for row in here) and goal > most:
        raise Refused(f"There are {most} to do; ask for as many or fewer.", about="goal")


def check_order(details: Mapping[str, Any], required: Sequence[str]) -> None:
    """Refuse titles that have to be done in a challenge whose order says which those are. Raises Refused."""
    if details.get(IN_ORDER) and required:
        raise Refused(
            "In the order of the list, the first ones have to be done. Take out the order, or the titles.",
            about="required",
        )


def check_activity(kind: ActivityKind, values: Mapping[str, Any], others: int, program: Mapping[str, Any]) -> None:
    """Refuse an activity that nobody could do. others: how many the challenge has besides. Raises Refused."""
    if not values["title"]:
        raise Refused("Say what there is to do.", about="title")
    if others >= MOST_THINGS:
        raise Refused(f"A challenge holds up to {MOST_THINGS} of them.")
    if kind is ActivityKind.CODE and not folded(values["code"]):
        raise Refused("Write the code word.", about="code")
    if not 0 <= values["most"] <= MOST_TIMES:
        raise Refused(f"Write how often it counts, up to {MOST_TIMES}; 0 for without end.", about="most")
    if not 1 <= values["most_a_day"] <= MOST_TIMES:
        raise Refused("It counts at least once a day.", about="most_a_day")
    on, ends = values["on"], program["ends"]
    if kind is ActivityKind.ATTEND and on is None:
        raise Refused("Pick the day of the event.", about="on")
    if on is not None and (on < program["starts"] or (ends is not None and on > ends)):
        raise Refused("Pick a day inside the program.", about="on")
