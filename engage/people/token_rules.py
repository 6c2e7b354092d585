"""What is true of tokens: what one opens, for how long, and what stands in the head of a request. Pure."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from engage.errors import Refused
from engage.people.rules import Role

# begins with our name, so that programs that look for lost keys find it
BEGINS = "engage_"
TOKEN = re.compile(rf"{BEGINS}[A-Za-z0-9_-]{{43}}")
LONGEST = timedelta(days=366)
MOST = 50
LONGEST_NAME = 80


class Opens(StrEnum):
    """What a token opens."""

    FIGURES = "figures"
    LISTS = "lists"

    @property
    def words(self) -> str:
        """As a page says it."""
        return WORDS[self]


WORDS = {
    Opens.FIGURES: "Figures: the indicators of the evaluation and their break-downs. Small groups are withheld.",
    Opens.LISTS: "Lists and programs: what every visitor of the library sees as well.",
}
# a school's token reads as somebody who may see figures and nothing else; a district's as the district reads
ROLE_OF_SCHOOL, ROLE_OF_DISTRICT = Role.VIEWER, Role.DISTRICT_ADMIN


def bearer_in(header: str) -> str | None:
    """The token in an Authorization header, if it could be one of ours."""
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and TOKEN.fullmatch(token) else None


def check_token(name: str, opens: Collection[Opens], ends_on: date, today: date) -> None:
    """Refuse a token that could not be one. Raises Refused."""
    if not name.strip():
        raise Refused("Say what it is for: which system, and who runs it.", about="name")
    if not opens:
        raise Refused("Choose what it opens.", about="opens")
    if ends_on < today:
        raise Refused("That day is over.", about="ends_on")
    if ends_on - today > LONGEST:
        raise Refused("A token lasts a year at most. Make a new one then.", about="ends_on")
