"""What people of the demo ask the library for, and how its specialist says she chose."""

from engage.demo.people import Place
from engage.errors import NotFound
from engage.people.queries import reader_at
from engage.people.rules import Reader
from engage.resources import notes, requests
from engage.resources.models import Resource
from engage.resources.requests import Title
from engage.resources.rules import RequestState


async def ask_for_titles(place: Place, have: dict[str, Resource]) -> None:
    """Three titles, one of them wanted twice; one is here, one is not for this library, one waits."""
    okafor, room = place.staff["okafor"], place.classes["Room 12"]
    maya, other = [await _reader(place, student.id) for student in room.students[:2]]
    here = await requests.ask_for(Title("Song for a Whale", "Lynne Kelly"), "", by=maya)
    found = have["Song for a Whale"]
    await requests.answer(here, RequestState.BOUGHT, "It came last week. Enjoy it.", found.key, by=okafor)
    quiz = await requests.ask_for(Title("A quiz book of football", why="For the lunch break."), "", by=other)
    said = "It would be old next season. The sports pages online are new every day."
    await requests.answer(quiz, RequestState.NO, said, "", by=okafor)
    wanted = "The Wild Robot Protects"
    await requests.ask_for(Title(wanted, "Peter Brown", "I read the first two."), "", by=maya)
    await requests.ask_for(Title(wanted), "", by=other)


async def say_how_it_was_chosen(place: Place, have: dict[str, Resource]) -> None:
    """Why one book stands here, for readers to see."""
    answers = {
        "authority": "The author worked as an interpreter of American Sign Language.",
        "currency": "",
        "viewpoint": "Iris is deaf and tells her own story.",
        "access": "In print, with large margins. There is a recording, which misses what signing adds.",
        "curriculum": "Grade 5, how animals hear and speak.",
        "verdict": "It is about being heard, and it is hard to put down.",
    }
    await notes.write_note(have["Song for a Whale"].key, answers, True, by=place.staff["okafor"])


async def _reader(place: Place, person_id: int) -> Reader:
    reader = await reader_at(person_id, place.row.slug)
    if reader is None:
        raise NotFound(person_id)
    return reader
