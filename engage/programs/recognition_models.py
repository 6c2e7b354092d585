"""The tables of recognition: certificates and prizes handed over, drawings, teams, boards, messages, frozen results."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.programs.models import Badge, Program


class Delivery(Model):
    """A fact: a certificate was printed or a prize handed over; it is never clawed back (rule 16).

    kind: certificate or prize. badge: the one it was for, none for the completion of the program. undone_at: it was
    noted by mistake. what: the name of the prize, as it stood.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "deliveries")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "deliveries")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "deliveries")
    badge: fields.ForeignKeyNullableRelation[Badge] = fields.ForeignKeyField(
        "engage.Badge", "deliveries", null=True, on_delete=fields.CASCADE
    )
    prize: fields.ForeignKeyNullableRelation[Prize] = fields.ForeignKeyField(
        "engage.Prize", "deliveries", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24)
    what = fields.TextField(default="")
    on = fields.DateField()
    at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "deliveries_made", null=True, on_delete=fields.SET_NULL
    )
    undone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "delivery"
        indexes = (("school", "person"), ("school", "program", "kind"), ("school", "prize"))


class Prize(Model):
    """Something to hand over. badge: what entitles to it, none for the completion. stock: None for without end."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "prizes")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "prizes")
    badge: fields.ForeignKeyNullableRelation[Badge] = fields.ForeignKeyField(
        "engage.Badge", "prizes", null=True, on_delete=fields.CASCADE
    )
    position = fields.SmallIntField(default=0)
    title = fields.TextField()
    description = fields.TextField(default="")
    stock = fields.IntField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "prize"
        indexes = (("school", "program"),)


class Drawing(Model):
    """A drawing of lots (rule 22). Eligibility and weights are frozen, the seed published, then it is drawn.

    rule: "completed", "joined", "tickets" or "badge"; badge: which. seed: hexadecimal, random; seed_hash: its SHA-256,
    shown as soon as the list is frozen, so that the seed cannot be chosen afterwards. again: the drawing that this one
    repeats, with the reason. note: what was unusual, such as fewer people than winners.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "drawings")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "drawings")
    title = fields.TextField()
    rule = fields.CharField(max_length=24)
    badge: fields.ForeignKeyNullableRelation[Badge] = fields.ForeignKeyField(
        "engage.Badge", "drawings", null=True, on_delete=fields.SET_NULL
    )
    prize: fields.ForeignKeyNullableRelation[Prize] = fields.ForeignKeyField(
        "engage.Prize", "drawings", null=True, on_delete=fields.SET_NULL
    )
    winners = fields.SmallIntField(default=1)
    seed = fields.CharField(max_length=64, default="")
    seed_hash = fields.CharField(max_length=64, default="")
    made_at = UtcDatetimeField()
    frozen_at = UtcDatetimeField(null=True)
    drawn_at = UtcDatetimeField(null=True)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "drawings_made", null=True, on_delete=fields.SET_NULL
    )
    again: fields.ForeignKeyNullableRelation[Drawing] = fields.ForeignKeyField(
        "engage.Drawing", "repeats", null=True, on_delete=fields.SET_NULL
    )
    reason = fields.TextField(default="")
    note = fields.TextField(default="")

    class Meta:
        table = "drawing"
        indexes = (("school", "program"),)


class Lot(Model):
    """One person's place in a frozen drawing. weight: tickets. won: the place drawn, 1 for the first; None for none."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "lots")
    drawing: fields.ForeignKeyRelation[Drawing] = fields.ForeignKeyField("engage.Drawing", "lots")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "lots")
    number = fields.IntField()
    weight = fields.IntField(default=1)
    won = fields.SmallIntField(null=True)

    class Meta:
        table = "lot"
        unique_together = (("drawing", "person"), ("drawing", "number"))
        indexes = (("school", "person"),)


class Team(Model):
    """A team in a program. school_class: the class that it is, for a program in which classes are the teams."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "teams")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "teams")
    name = fields.CharField(max_length=80)
    ink = fields.CharField(max_length=12, default="night")
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "teams", null=True, on_delete=fields.SET_NULL
    )
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "team"
        unique_together = (("program", "name"),)
        indexes = (("school", "program"),)


class TeamMember(Model):
    """A student in a team from a day until a day, both included; only what is logged on those days adds to it."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "team_members")
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("engage.Team", "members")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "teams")
    since = fields.DateField()
    until = fields.DateField(null=True)

    class Meta:
        table = "team_member"
        indexes = (("school", "person"), ("school", "team"))


class BoardName(Model):
    """A student chose to stand on a program's board, under a name from the word list (SAFETY.md, P8)."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "board_names")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "board_names")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "board_names")
    name = fields.CharField(max_length=40)
    at = UtcDatetimeField()

    class Meta:
        table = "board_name"
        unique_together = (("program", "person"), ("program", "name"))
        indexes = (("school", "program"),)


class ProgramMessage(Model):
    """A few words on the home page of those whom a program wants to reach.

    to: everyone, not joined, joined, stalled or completed. from_on to until_on: the days on which it shows.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "program_messages")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "messages")
    to = fields.CharField(max_length=24)
    text = fields.TextField()
    from_on = fields.DateField()
    until_on = fields.DateField()
    at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "program_messages", null=True, on_delete=fields.SET_NULL
    )
    withdrawn_at = UtcDatetimeField(null=True)

    class Meta:
        table = "program_message"
        indexes = (("school", "until_on"), ("school", "program"))


class ProgramResult(Model):
    """What came of a program when it was final (rule 20); later erasures do not change it. figures: JSON."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "program_results")
    program: fields.OneToOneRelation[Program] = fields.OneToOneField("engage.Program", "result")
    at = UtcDatetimeField()
    figures = fields.TextField()

    class Meta:
        table = "program_result"
