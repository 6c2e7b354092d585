"""What the local look at a child's words finds (SAFETY.md, M2): attacks of our own making, and harmless words."""

import pytest

from engage.programs.review_marks import Mark, marks_of

NAMES = ["Maya", "Lucía", "Will"]
ATTACKS = {
    "Call me at 555-867-5309 after school": Mark.PHONE,
    "my number is five five five eight six seven five three zero nine": Mark.PHONE,
    "txt 5 5 5 8 6 7 5 3 0 9 ok": Mark.PHONE,
    "Write to maya.r@example.com": Mark.MAIL,
    "write kid at gmail dot com": Mark.MAIL,
    "add me on snapchat": Mark.HANDLE,
    "my insta is coolkid_09": Mark.HANDLE,
    "@dragonfan2015 is what they call me": Mark.HANDLE,
    "I live at 42 Maple Street, come by": Mark.PLACE,
    "we live next to the park": Mark.PLACE,
    "Let's meet up behind the gym on Friday": Mark.CONTACT,
    "lucia in room 12 is like the girl in it": Mark.NAME,
    "you are so stupid if you like this": Mark.SLUR,
    "this is for r e t a r d s": Mark.SLUR,
    "what a b1tch the queen is": Mark.SLUR,
    "f.a.g book": Mark.SLUR,
    "fuuuuuck this book": Mark.SLUR,
    "f\u200bu\u200bck th\u0456s": Mark.SLUR,
    "wh\u043er\u0435": Mark.SLUR,
    "when I read it I want to die": Mark.DISTRESS,
    "my dad hits me too, like in the book": Mark.DISTRESS,
    "I don\u2019t want to be here anymore": Mark.DISTRESS,
}
HARMLESS = (
    "I loved this book because the dragon was so brave, and I laughed out loud. Read it if you like owls!",
    "It was dumb how the ugly troll hit him, but chapter 12 is the best. 320 pages in 4 days!",
    "The girl runs off and lives in a museum. She wants to be a painter. Will she? I will not tell.",
    "He throws 1,000,000 snowballs and 12 of them hit. It is set in 1920, 1921 and 1922.",
    "You are going to love it. It is about a class that grows a garden on the roof.",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_marked(text):
    assert ATTACKS[text] in marks_of(text, NAMES)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_are_not_marked(text):
    assert marks_of(text, NAMES) == []


def test_distress_stands_first():
    assert marks_of("My dad hits me. Call me at 555 867 5309.")[0] is Mark.DISTRESS
    assert list(Mark.words()) == list(Mark)


def test_a_name_in_another_writing_is_found_and_short_ones_are_not_guessed():
    assert marks_of("LUCÍA wrote it", ["Lucía"]) == [Mark.NAME]
    assert marks_of("Al ran", ["Al"]) == []
