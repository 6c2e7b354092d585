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


class ClassForm(Form):
    """A class: its name and grade."""

    name = StringField(
        "What is the class called?",
        [InputRequired("Give the class a name."), Length(max=LONGEST_CLASS, message=TOO_LONG)],
        [trimmed],
    )
    grade = SelectField("Grade", choices=GRADES, default="")


class MembersForm(Form):
    """Who is to be put in a class: keys of people, whom the page offers."""

    people = SelectMultipleField("Put in", [InputRequired("Choose at least one.")])


class StudentForm(Form):
    """One student. No more is kept of one than this (SAFETY.md, P1)."""

    name = StringField(
        "Given name",
        [InputRequired("Write the given name."), Length(max=LONGEST_NAME, message=TOO_LONG)],
        [trimmed],
    )
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
    login = StringField(
        "Name or e-mail to sign in with",
        [InputRequired("Write what they sign in with."), Length(max=254, message=TOO_LONG)],
        [trimmed],
    )
    role = SelectField("What they do here")


class RoleForm(Form):
    """One more role for somebody of the staff, of roles_to_give."""

    role = SelectField("Also")


class SchoolForm(Form):
    """A school of the district that is to be opened, and its first admin."""

    name = StringField(
        "Name of the school",
        [InputRequired("Write the name of the school."), Length(max=LONGEST_SCHOOL, message=TOO_LONG)],
        [trimmed],
    )
    slug = StringField(
        "Its word in addresses",
        [InputRequired("Give the school a word in addresses."), Length(max=60, message=TOO_LONG)],
        [trimmed],
    )
    zone = SelectField("Time zone")
    admin = StringField(
        "Name of its first admin",
        [InputRequired("Write the name of its first admin."), Length(max=LONGEST_NAME, message=TOO_LONG)],
        [trimmed],
    )
    login = StringField(
        "Name or e-mail with which they sign in",
        [InputRequired("Write what they sign in with."), Length(max=254, message=TOO_LONG)],
        [trimmed],
    )


class CloseForm(Form):
    """The name of a school once more, so that none is closed by a click."""

    name = StringField("Type the name of the school", [InputRequired("Type the name of the school.")], [trimmed])
