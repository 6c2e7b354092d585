"""What a home page is made of: what it has in common with those of all who are alike, and what is a student's own."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.classes.queries import Ticket, assigned_to_classes, tickets_for
from engage.database.at_once import at_once
from engage.people.rules import Reader
from engage.programs import queries as programs
from engage.programs.message_queries import messages_for
from engage.promotion import queries
from engage.promotion.queries import Card, Joined
from engage.promotion.telling_queries import announcements_for

Row = dict[str, Any]
# the surveys that are open for somebody, who is in these programs
Surveys = Callable[[Reader, Joined], Coroutine[Any, Any, list[Row]]]


@dataclass(frozen=True)
class Shared:
    """What those who are alike have in common on it, as the questions in everybodys give it; nobody changes it."""

    on_show: Sequence[Row]
    wall: Sequence[Row]
    programs: Sequence[Row]
    announcements: Sequence[Row]
    shelf: Sequence[Row]
    off: frozenset[date] = frozenset()
    assigned: Sequence[Row] = ()
    surveys: Sequence[Row] = ()
    rooms: Sequence[str] = ()


async def everybodys(asker: Reader, today: date, joined: Joined, surveys: Surveys) -> Shared:
    """What the asker has in common with all who are alike, in one statement. joined: as for programs_for."""
    asking: list[Coroutine[Any, Any, Any]] = [
        queries.on_home(asker, today, joined),
        queries.wall(asker),
        programs.published(asker, joined),
        announcements_for(asker, today),
        queries.new_on_shelf(asker),
    ]
    if asker.is_student:
        asking += [
            queries.days_off(asker, today),
            assigned_to_classes(asker),
            surveys(asker, joined),
            queries.class_names(asker),
        ]
    return Shared(*await at_once(*asking))


@dataclass(frozen=True)
class Own:
    """What is a student's own on it. surveys: those that wait for an answer."""

    card: Card
    tickets: Sequence[Ticket]
    messages: Sequence[Row]
    surveys: Sequence[Row]


async def own_of(reader: Reader, today: date, shared: Shared, waiting: Coroutine[Any, Any, list[Row]]) -> Own:
    """What is the student's who asks, in one statement. waiting: which of the surveys wait for an answer."""
    card = queries.card_of(reader, today, shared.off)
    return Own(*await at_once(card, tickets_for(reader, today, shared.assigned), messages_for(reader, today), waiting))
