"""The tables of rosters: each file that came, what would come of its rows, and whose ids stand for whom, hashed."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.people.roster_rules import Kind, Outcome, RosterState, Touched, What


class RosterImport(Model):
    """A roster that came for a school, and what it would change or has changed.

    name: what the file was called. org_name, org_hash: the school that it is of, as it says. digest: SHA-256 of it.
    counts, shares: JSON, rows by file, and by kind of thing how many were known and how many of those are gone.
    based_on: the newest applied import when it was read; another one since then makes it out of date. asks: whether so
    many are gone that somebody has to say yes. dropped: it came by the folder. ended_at: when it was applied or given
    up; taken_back_at: when what it did was taken back.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "roster_imports")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "roster_imports", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharEnumField(Kind, max_length=24)
    name = fields.TextField()
    org_name = fields.TextField(default="")
    org_hash = fields.CharField(max_length=40, default="")
    digest = fields.CharField(max_length=64)
    state = fields.CharEnumField(RosterState, max_length=24, default=RosterState.READING)
    counts = fields.TextField(default="{}")
    shares = fields.TextField(default="{}")
    added = fields.IntField(default=0)
    changed = fields.IntField(default=0)
    gone = fields.IntField(default=0)
    same = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    asks = fields.BooleanField(default=False)
    dropped = fields.BooleanField(default=False)
    based_on = fields.BigIntField(null=True)
    made_at = UtcDatetimeField(auto_now_add=True)
    ended_at = UtcDatetimeField(null=True)
    taken_back_at = UtcDatetimeField(null=True)

    class Meta:
        table = "roster_import"
        indexes = (("school", "made_at"), ("state", "made_at"))


class RosterRow(Model):
    """What would come of one thing of a roster; names stand here only until it is applied or given up.

    file, line: where it stands. hash: of the person, or of the class for a class and a member; other: of a member's
    person. person, school_class, member_id: what is here already. made_key: the key of what will be made. about: what
    is shown, which is a name; why: a sentence without names.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "roster_rows")
    of_import: fields.ForeignKeyRelation[RosterImport] = fields.ForeignKeyField("engage.RosterImport", "rows")
    number = fields.IntField()
    what = fields.CharEnumField(What, max_length=12)
    outcome = fields.CharEnumField(Outcome, max_length=12)
    file = fields.CharField(max_length=80, default="")
    line = fields.IntField(default=0)
    about = fields.TextField(default="")
    why = fields.TextField(default="")
    hash = fields.CharField(max_length=40, default="")
    other = fields.CharField(max_length=40, default="")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "roster_rows", null=True, on_delete=fields.CASCADE
    )
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "roster_rows", null=True, on_delete=fields.CASCADE
    )
    member_id = fields.BigIntField(null=True)
    made_key = fields.CharField(max_length=13, default="")
    name = fields.TextField(default="")
    letter = fields.CharField(max_length=4, default="")
    avatar = fields.CharField(max_length=24, default="")
    grade = fields.SmallIntField(null=True)
    role = fields.CharField(max_length=24, default="")
    login = fields.CharField(max_length=254, null=True)
    email = fields.CharField(max_length=254, default="")
    code = fields.CharField(max_length=12, default="")
    year = fields.CharField(max_length=12, default="")
    since = fields.DateField(null=True)
    until = fields.DateField(null=True)

    class Meta:
        table = "roster_row"
        indexes = (("school", "of_import", "outcome", "what", "number"),)


class RosterId(Model):
    """Whom or what an id of another system stands for; the id itself is not kept (SAFETY.md, P1).

    hash: HMAC-SHA-256 with the operator's key, 160 bits of it. role: what the roster made of the person, or
    "ended" of a class. A school's own id has neither person nor class.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "roster_ids")
    what = fields.CharEnumField(What, max_length=12)
    hash = fields.CharField(max_length=40)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "roster_ids", null=True, on_delete=fields.CASCADE
    )
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "roster_ids", null=True, on_delete=fields.CASCADE
    )
    role = fields.CharField(max_length=24, default="")

    class Meta:
        table = "roster_id"
        unique_together = (("school", "what", "hash"),)
        indexes = (("person",), ("school_class",))


class RosterChange(Model):
    """A row that an applied roster touched, as it was before or as the roster left it, for a week (SAFETY.md, U3).

    What was added has no row of before, what was deleted none of after. row_id: of the row that was touched. until: of
    a class the day on which it ended. at: since when somebody has a role, or when a card was made. of_what, hash: of an
    id of the roster. secret, card_key: of a card. fate: filled in while the roster is taken back.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "roster_changes")
    of_import: fields.ForeignKeyRelation[RosterImport] = fields.ForeignKeyField("engage.RosterImport", "changes")
    what = fields.CharEnumField(Touched, max_length=12)
    is_after = fields.BooleanField()
    row_id = fields.BigIntField()
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "roster_changes", null=True, on_delete=fields.CASCADE
    )
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "roster_changes", null=True, on_delete=fields.CASCADE
    )
    name = fields.TextField(db_default="")
    letter = fields.CharField(max_length=4, db_default="")
    grade = fields.SmallIntField(null=True)
    status = fields.CharField(max_length=24, db_default="")
    gone_at = UtcDatetimeField(null=True)
    role = fields.CharField(max_length=24, db_default="")
    year = fields.CharField(max_length=12, db_default="")
    since = fields.DateField(null=True)
    until = fields.DateField(null=True)
    by_roster = fields.BooleanField(null=True)
    at = UtcDatetimeField(null=True)
    of_what = fields.CharField(max_length=12, db_default="")
    hash = fields.CharField(max_length=40, db_default="")
    secret = fields.CharField(max_length=64, db_default="")
    card_key = fields.CharField(max_length=13, db_default="")
    fate = fields.CharField(max_length=12, db_default="")

    class Meta:
        table = "roster_change"
        indexes = (("school", "of_import", "what", "row_id"), ("person",))


class YearTurn(Model):
    """A school year that began: classes ended, students moved up. unique: school, year, so that it happens once."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "year_turns")
    year = fields.CharField(max_length=12)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "year_turns", null=True, on_delete=fields.SET_NULL
    )
    classes = fields.IntField(default=0)
    moved = fields.IntField(default=0)
    left = fields.IntField(default=0)
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "year_turn"
        unique_together = (("school", "year"),)
