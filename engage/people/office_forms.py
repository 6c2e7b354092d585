"""What the school's office fills in by hand: a class, who is in it, a student, somebody of the staff."""

from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.people.roster_rules import LONGEST_CLASS, LONGEST_NAME
from engage.people.rules import GRADE_LIMITS, LONGEST_SCHOOL, Reader, Role, Scope
from engage.web.forms import Form, trimmed

TOO_LONG = "Keep this shorter."
GRADES = [SelectChoice("", "No grade"), *(SelectChoice(value, words) for value, words in GRADE_LIMITS[1:])]
# what a school admin may make somebody of the staff (CLS10)
STAFF_ROLES = {
    Role.TEACHER: "Teacher",
    Role.HELPER: "Helper in classes, without lists",
    Role.SPECIALIST: "Library media specialist",
    Role.AIDE: "Library aide",
    Role.VIEWER: "Viewer of figures, without names",
}


def roles_to_give(reader: Reader) -> list[tuple[str, str]]:
    """What this person may make somebody of the staff, as pairs of value and words (CLS10, CLS11)."""
    more = {Role.SCHOOL_ADMIN: "School admin"} if reader.may("CLS11", Scope.SCHOOL) else {}
    return [(role.value, words) for role, words in {**STAFF_ROLES, **more}.items()]


def _line(label: str, missing: str, most: int) -> StringField:
    """A line that has to be filled in. missing: what is said if it is not; most: letters that it may have."""
    return StringField(label, [InputRequired(missing), Length(max=most, message=TOO_LONG)], [trimmed])


class ClassForm(Form):
    """A class: its name and grade."""

    name = _line("What is the class called?", "Give the class a name.", LONGEST_CLASS)
    grade = SelectField("Grade", choices=GRADES, default="")


class MembersForm(Form):
    """Who is to be put in a class: keys of people, whom the page offers."""

    people = SelectMultipleField("Put in", [InputRequired("Choose at least one.")])


class StudentForm(Form):
    """One student. No more is kept of one than this (SAFETY.md, P1)."""

    name = _line("Given name", "Write the given name.", LONGEST_NAME)
    letter = StringField("Letter", [Length(max=4, message="Four letters at most.")], [trimmed])
    grade = SelectField("Grade", choices=GRADES, default="")


class NewStudentForm(StudentForm):
    """One student who comes."""

    room = SelectField("Class", default="")


class MoveForm(Form):
    """To which school of the district a student is to move."""

    school = RadioField("To which school?", [InputRequired("Choose a school of the district.")])


class StaffForm(Form):
    """One of the staff. login: with what they sign in; role: of roles_to_give."""

    name = StringField(
        "Name", [InputRequired("Write the name."), Length(max=LONGEST_NAME, message=TOO_LONG)], [trimmed]
    )
    login = _line("Name or e-mail to sign in with", "Write what they sign in with.", 254)
    role = SelectField("What they do here")


class RoleForm(Form):
    """One more role for somebody of the staff, of roles_to_give."""

    role = SelectField("Also")


class SchoolForm(Form):
    """A school of the district that is to be opened, and its first admin."""

    name = _line("Name of the school", "Write the name of the school.", LONGEST_SCHOOL)
    slug = _line("Its word in addresses", "Give the school a word in addresses.", 60)
    zone = SelectField("Time zone")
    admin = _line("Name of its first admin", "Write the name of its first admin.", LONGEST_NAME)
    login = _line("Name or e-mail with which they sign in", "Write what they sign in with.", 254)


class CloseForm(Form):
    """The name of a school once more, so that none is closed by a click."""

    name = StringField("Type the name of the school", [InputRequired("Type the name of the school.")], [trimmed])
