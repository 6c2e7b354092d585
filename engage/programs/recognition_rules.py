"""What is true of recognition: what is handed over, and how much of it there is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from engage.errors import Refused
from engage.people.rules import named

MOST_PRIZES = 20
MOST_STOCK = 10_000
# sheets in one file: more would take most of the memory that the press has
CERTIFICATES_IN_FILE = 60


class DeliveryKind(StrEnum):
    """What a person was given, so that it is never clawed back (rule 16).

    DRAWN: a prize that was won in a drawing, which says nothing of the completion. TICKET: a drawn one, for a badge.
    """

    CERTIFICATE = "certificate"
    PRIZE = "prize"
    DRAWN = "drawn prize"
    TICKET = "ticket"


HANDED = (DeliveryKind.PRIZE, DeliveryKind.DRAWN)


class DrawingRule(StrEnum):
    """Who is in a drawing: who completed the program, everybody in it, each by tickets, or who holds a badge."""

    COMPLETED = "completed"
    JOINED = "joined"
    TICKETS = "tickets"
    BADGE = "badge"


def called(person: Mapping[str, Any]) -> str:
    """A student's name as the school says it: with the letter where two share a name."""
    return named(person["name"], person["letter"])


def check_stock(stock: int | None, handed: int) -> None:
    """Refuse a stock that is smaller than what was handed over. stock: None where there is no end of it.

    Raises Refused.
    """
    if stock is None:
        return
    if not 0 <= stock <= MOST_STOCK:
        raise Refused(f"The stock must be a number from 0 to {MOST_STOCK:,}.", about="stock")
    if stock < handed:
        raise Refused(f"{handed} of them {'is' if handed == 1 else 'are'} handed over already.", about="stock")


def check_left(title: str, stock: int | None, handed: int) -> None:
    """Refuse to hand over what is not there. Raises Refused."""
    if stock is not None and handed >= stock:
        raise Refused(f"None is left of {title}. Change the stock if there are more.")


def left_of(stock: int | None, handed: int) -> int | None:
    """How many can still be handed over; None where there is no end of them."""
    return None if stock is None else max(0, stock - handed)
