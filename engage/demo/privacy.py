"""What waits at the privacy desk of the demo: somebody asks to see a record, somebody asks for an erasure."""

from engage.demo.people import Place
from engage.people import glass, records
from engage.people.models import Person


async def ask_for_records(place: Place) -> None:
    """A family asks for a record, which the specialist may agree to, and another one that their child be erased."""
    room = place.classes["Room 12"]
    one, other = [await Person.get(school_id=place.row.id, id=student.id) for student in room.students[-2:]]
    why = "The family asked in writing to see what is kept about their child."
    await glass.ask("LOG09", one.key, why, "", by=place.staff["tanaka"])
    await records.ask_erasure(other, "The family moves away and asks for it.", by=room.teacher)
