"""What is true of a curated list: its life, whom it may be published to, its name, and what to mend before that."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.database.fold import fold
from engage.errors import NotAllowed, Refused
from engage.people.rules import Reader, Role, Scope, best


class State(StrEnum):
    """The life of a list."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    """Who may see a published list."""

    PUBLIC = "public"
    SCHOOL = "school"
    CLASSES = "classes"
    STAFF = "staff"


SEES = frozenset("YP")


def seen_outright(reader: Reader) -> list[Visibility]:
    """For whom a published list may be so that the reader sees it, whichever it is (LST01 to LST03); PUBLIC first."""
    seen = [Visibility.PUBLIC]
    if reader.answers("LST02", Scope.SCHOOL) in SEES:
        seen += [Visibility.SCHOOL, *([Visibility.STAFF] if reader.is_staff else [])]
    if reader.answers("LST03", Scope.SCHOOL) in SEES:
        seen.append(Visibility.CLASSES)
    return seen


class ListKind(StrEnum):
    """What a list is for."""

    LIST = "list"
    PATHFINDER = "pathfinder"
    TEXT_SET = "text set"
    READ_ALIKE = "read-alike"
    AWARD = "award list"
    DISPLAY = "display"
    UNIT = "unit list"


class Part(StrEnum):
    """What somebody besides the owner may do with a list: change it, or only suggest."""

    EDITOR = "editor"
    SUGGESTER = "suggester"


class SuggestionState(StrEnum):
    """Where a suggestion stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    DECLINED = "declined"


class ProposalState(StrEnum):
    """Where a change that came from another library stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    DECLINED = "declined"


SHORTEST = 1
LONGEST = 300
MOST_SECTIONS = 40
TITLE = 120
INTRODUCTION = 2_000
NOTE = 1_000
SECTION_NOTE = 200
SLUG = 80
FURTHEST = timedelta(days=731)
REVIEW_AFTER = timedelta(days=365)
FURTHEST_REVIEW = timedelta(days=3 * 366)
ASK = "Ask a specialist to publish it. You can publish it to your own classes yourself."
# who can have lists of their own, and so work on those of others (LST06)
OWNERS = frozenset(role for role in Role if best(frozenset({role}), "LST06", Scope.MINE) == "Y")
MOST_MEMBERS = 30
MOST_SUGGESTED = 20
SUGGESTED_TITLE = 300
REASON = 500
ANSWER = 500
COMMENT = 1_000
MOST_COMMENTS = 500
# what readers no longer see, and what nobody puts things on
PUT_AWAY = (State.WITHDRAWN, State.ARCHIVED)


def check_publishable(state: State, items: int, introduction: str, is_template: bool = False) -> None:
    """Refuse to publish a list that would disappoint its readers.

    items: how many resources stand on the list.
    Raises Refused.
    """
    if state is State.PUBLISHED:
        raise Refused("This list is published already.")
    if is_template:
        raise Refused("This is a template, which nobody reads. Start a list from it, and publish that one.")
    if items < SHORTEST:
        raise Refused("A list needs at least one item before it can be published.")
    if not introduction.strip():
        raise Refused("Write a sentence or two to introduce the list.", about="introduction")


def check_times(publish_at: datetime | None, until: datetime | None, now: datetime) -> None:
    """Refuse a list that would never be seen. publish_at: None for now. until: the moment it ends, None for never.

    Raises Refused.
    """
    if publish_at is not None and publish_at <= now:
        raise Refused("That moment has passed. Choose a later one, or publish it now.", about="day")
    if publish_at is not None and publish_at > now + FURTHEST:
        raise Refused("Choose a day within the next two years.", about="day")
    if until is not None and until <= (publish_at or now):
        raise Refused("The last day is over before anybody could read the list.", about="until")
    if until is not None and until > now + 5 * FURTHEST:
        raise Refused("Choose a last day within the next ten years.", about="until")


def scope_of(reader: Reader, owner_id: int | None, part: Part | None = None) -> Scope:
    """Whose list it is, seen from who asks, as the matrix counts it: an editor's list is the editor's own.

    part: what the reader is on the list besides its owner; see DECISIONS.md.
    """
    own = owner_id is not None and owner_id == reader.id
    return Scope.MINE if own or part is Part.EDITOR else Scope.SCHOOL


def may_edit(reader: Reader, owner_id: int | None, part: Part | None = None) -> bool:
    """Whether the reader may change a list of this owner (LST06). part: of the reader, as in scope_of."""
    return reader.may("LST06", scope_of(reader, owner_id, part))


def may_withdraw(reader: Reader, owner_id: int | None, part: Part | None = None) -> bool:
    """Whether the reader may take a list of this owner down (LST09)."""
    return reader.may("LST09", scope_of(reader, owner_id, part))


def may_hand_over(reader: Reader, owner_id: int | None) -> bool:
    """Whether the reader says who works on a list, whose it is, and that a draft goes: its owner or the library."""
    return reader.may("LST06", scope_of(reader, owner_id))


def may_suggest(reader: Reader, owner_id: int | None, part: Part | None = None) -> bool:
    """Whether the reader may suggest things for a list that they see (LST11, Q and Y)."""
    return reader.id is not None and reader.answers("LST11", scope_of(reader, owner_id, part)) in "QY"


def audiences(reader: Reader, owner_id: int | None, part: Part | None = None) -> list[Visibility]:
    """Whom the reader may publish a list of this owner to (LST07, LST08), widest last."""
    scope = scope_of(reader, owner_id, part)
    to_classes = [Visibility.CLASSES] if reader.may("LST07", scope) else []
    wider = [Visibility.STAFF, Visibility.SCHOOL, Visibility.PUBLIC] if reader.may("LST08", scope) else []
    return to_classes + wider


def check_audience(
    reader: Reader,
    owner_id: int | None,
    visibility: Visibility,
    class_ids: Collection[int],
    part: Part | None = None,
    changing: Collection[int] | None = None,
) -> None:
    """Refuse an audience that the reader may not publish to, or that is nobody.

    class_ids: the school classes that a list for classes is for. changing: those that something changes for, where
    that is not all of them; also those that it is no longer for.
    Raises NotAllowed, Refused.
    """
    if visibility not in audiences(reader, owner_id, part):
        raise NotAllowed("LST08", ASK)
    if visibility is not Visibility.CLASSES:
        return
    if not class_ids:
        raise Refused("Choose the classes that this list is for.", about="classes")
    others = set(class_ids if changing is None else changing) - reader.taught_ids
    if others and not reader.may("LST07", Scope.SCHOOL):
        raise NotAllowed("LST07", ASK)


def check_ticked(visibility: Visibility, ticked: Collection[str], before: Collection[str]) -> None:
    """Refuse classes that were ticked for a list that is to be for others.

    ticked, before: keys of classes, of the form and of the list so far. Raises Refused.
    """
    if visibility is not Visibility.CLASSES and not set(ticked) <= set(before):
        raise Refused(
            "You ticked classes, and something else is chosen above. Choose “Chosen classes” there, or untick them.",
            about="classes",
        )


def check_review(on: date, today: date) -> None:
    """Refuse a day on which a list cannot be looked through. Raises Refused."""
    if not today < on <= today + FURTHEST_REVIEW:
        raise Refused("Choose a day from tomorrow on, within three years.", about="review_by")


def check_room(number: int) -> None:
    """Refuse more things at once than any list holds. Raises Refused."""
    if number > LONGEST:
        raise Refused(f"A list holds {LONGEST} things, and these are more. Divide the file first.", about="list")


def is_stale(state: State, review_by: date | None, today: date) -> bool:
    """Whether somebody should look a published list through again."""
    return state is State.PUBLISHED and review_by is not None and review_by <= today


def slug_of(title: str) -> str:
    """The title as a part of an address: "sea-stories"; "list" where nothing of it can stand there."""
    words = re.findall("[a-z0-9]+", re.sub("['\u2019]", "", fold(title)))
    return "-".join(words)[: SLUG - 5].strip("-") or "list"


def free_slug(title: str, taken: Collection[str]) -> str:
    """The first of sea-stories, sea-stories-2, sea-stories-3 … that no other list has."""
    slug = slug_of(title)
    number = 1
    while (name := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return name


@dataclass(frozen=True)
class OnList:
    """An item as the check before publishing sees it."""

    key: str
    title: str
    noted: bool
    placed: bool
    broken: bool
    offered: bool


@dataclass(frozen=True)
class Finding:
    """One line of the check. good: nothing to do; key: the item that the line leads to, or "".

    about: the words of the list that the line leads to, as a rule names them, or "".
    """

    sentence: str
    good: bool
    key: str = ""
    about: str = ""


def findings(items: Sequence[OnList], introduction: str) -> list[Finding]:
    """What is in order and what is not, before a list goes to its readers."""
    if not items:
        return [Finding("The list is empty.", False)]
    gone = [item for item in items if not item.offered]
    lost = [item for item in items if item.offered and (item.broken or not item.placed)]
    bare = [item for item in items if not item.noted]
    lines = []
    if lost:
        lines.append(_line(lost, "cannot be reached: no place on a shelf, no working link"))
    else:
        lines.append(Finding(f"{counted(len(items), 'item')} can be reached", True))
    if gone:
        lines.append(_line(gone, "no longer offered by the library", be=True))
    lines.append(_line(bare, "no note", have=True) if bare else Finding("Each item has a note", True))
    if not introduction.strip():
        lines.append(Finding("There is no introduction", False, about="introduction"))
    return lines


def _line(items: Sequence[OnList], what: str, have: bool = False, be: bool = False) -> Finding:
    one = len(items) == 1
    verb = ("has " if one else "have ") if have else ("is " if one else "are ") if be else ""
    return Finding(f"{counted(len(items), 'item')} {verb}{what}", False, items[0].key)


def counted(number: int, noun: str) -> str:
    """ "1 item", "2 items"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
