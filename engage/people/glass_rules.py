"""Break-glass: what may be asked, why, by whom, and for how long (SAFETY.md, ADM05, ADM06)."""

from datetime import timedelta

from engage.errors import NotAllowed, NotFound, Refused
from engage.people.rules import Reader, Scope

OPEN_FOR = timedelta(hours=24)
SHORTEST_REASON = 20
# what the letter B stands at, as it is said
ACTS = {
    "LOG05": "Read the titles that the student chose freely",
    "LOG06": "Read the titles that the student handed in",
    "LOG09": "Take out the student's full record",
    "PRG11": "See under which names the student stands on boards",
}


def check_asks(reader: Reader, act: str, reason: str) -> None:
    """Who may ask for what, and that there is a reason. Raises NotFound, Refused."""
    if reader.answers("ADM05", Scope.SCHOOL) not in ("Q", "Y"):
        raise NotFound("glass")
    if act not in ACTS or not reader.may_break(act):
        raise Refused("Choose what you need to see.", about="act")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("Say why, in a sentence that somebody else can judge.", about="reason")


def check_decides(reader: Reader, asked_by: int | None) -> None:
    """Who may be the second person: never the one who asked. Raises NotFound, NotAllowed."""
    if not reader.may("ADM06", Scope.SCHOOL):
        raise NotFound("glass")
    if asked_by is None or asked_by == reader.id:
        raise NotAllowed("ADM06", "Somebody else has to be the second person.")
