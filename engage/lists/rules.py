"""What is true of a curated list: its life, who may see it, and when it may be published."""

from enum import StrEnum

from engage.errors import Refused


class State(StrEnum):
    """The life of a list."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Visibility(StrEnum):
    """Who may see a published list."""

    PUBLIC = "public"
    SCHOOL = "school"
    CLASSES = "classes"
    STAFF = "staff"


class ListKind(StrEnum):
    """What a list is for."""

    LIST = "list"
    PATHFINDER = "pathfinder"
    TEXT_SET = "text set"
    READ_ALIKE = "read-alike"
    AWARD = "award list"


SHORTEST = 1


def check_publishable(state: State, items: int, introduction: str) -> None:
    """Refuse to publish a list that would disappoint its readers.

    items: how many resources stand on the list.
    Raises Refused.
    """
    if state is State.PUBLISHED:
        raise Refused("This list is published already.")
    if items < SHORTEST:
        raise Refused("A list needs at least one item before it can be published.")
    if not introduction.strip():
        raise Refused("Write a sentence or two to introduce the list.", about="introduction")
