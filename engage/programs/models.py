"""The tables of programs: what is offered, the facts of taking part, and the outcomes derived from them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.engagement.rules import Mode
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.resources.models import Resource


class Program(Model):
    """What a student joins. starts to ends: the run, both days included; evergreen programs have no ends.

    credit: "opening" or "joining" (PRODUCT.md, section 4, rule 8). catching_up: days after the run in which entries for
    dates inside it are still taken. minimum: the least minutes that make a day count for a row; streak_unit: what a row
    counts. limits: JSON of limits by unit. points: JSON of points rules. completion: JSON of the award rule that
    completes the program; "" means all challenges. rules_version: rises when published rules change.
    announced: the day from which readers see that it will come, null for from publishing. published_at: the moment from
    which one may join, which publishing may put ahead. joining: engage.programs.joining_rules. join_code: the word that
    opens it, where joining is by code. tickets: JSON of rules that give tickets for drawings, written like points.
    zone: that of the school when the result became final, "" before.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "programs")
    slug = fields.CharField(max_length=80)
    title = fields.TextField()
    introduction = fields.TextField(default="")
    how = fields.TextField(default="")
    kind = fields.CharField(max_length=24, default="own")
    state = fields.CharField(max_length=24, default="draft")
    visibility = fields.CharField(max_length=24, default="school")
    ink = fields.CharField(max_length=12, default="night")
    scene = fields.CharField(max_length=12, default="lanterns")
    starts = fields.DateField()
    ends = fields.DateField(null=True)
    joining = fields.CharField(max_length=24, default="open")
    credit = fields.CharField(max_length=24, default="opening")
    backdate_days = fields.SmallIntField(default=7)
    catching_up = fields.SmallIntField(default=7)
    minimum = fields.SmallIntField(default=0)
    streak_unit = fields.CharField(max_length=24, default="day")
    grace_days = fields.SmallIntField(default=1)
    limits = fields.TextField(default="")
    points = fields.TextField(default="")
    completion = fields.TextField(default="")
    grade_low = fields.SmallIntField(null=True)
    grade_high = fields.SmallIntField(null=True)
    announced = fields.DateField(null=True)
    join_code = fields.CharField(max_length=24, db_default="")
    tickets = fields.TextField(db_default="")
    zone = fields.CharField(max_length=60, db_default="")
    has_board = fields.BooleanField(db_default=False)
    rules_version = fields.IntField(default=1)
    version = fields.IntField(default=1)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "programs_run", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)
    published_at = UtcDatetimeField(null=True)

    class Meta:
        table = "program"
        unique_together = (("school", "slug"),)
        indexes = (("school", "state"),)


class Challenge(Model):
    """One thing to achieve in a program. kind: amount or list …; unit: the one unit it counts; goal: how much of it.

    curated: for a list challenge, the list; required: keys of resources that must be among them, "," between.
    minimum: for days, the least minutes that make a day count. modes: "" for any, else modes with "," between.
    repeats: how often one title counts: "once", "always", or "after 30" for again after 30 days.
    details: JSON of what only its kind has: the squares of a bingo card, the unit and grace of a streak.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "challenges")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "challenges")
    position = fields.SmallIntField(default=0)
    title = fields.TextField()
    kind = fields.CharField(max_length=24)
    unit = fields.CharField(max_length=24)
    goal = fields.IntField()
    minimum = fields.IntField(default=0)
    modes = fields.CharField(max_length=40, default="")
    repeats = fields.CharField(max_length=24, default="once")
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "challenges", null=True, on_delete=fields.SET_NULL
    )
    required = fields.TextField(default="")
    details = fields.TextField(db_default="")

    class Meta:
        table = "challenge"
        indexes = (("school", "program"),)


class FormerRules(Model):
    """What a program's published rules were until a moment (JSON), so that a change of them takes no badge.

    number: the rules_version that they were. unique: program, number.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "former_rules")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "former_rules")
    number = fields.IntField()
    rules = fields.TextField()
    until = UtcDatetimeField()

    class Meta:
        table = "former_rules"
        unique_together = (("program", "number"),)


class ChallengeResource(Model):
    """A resource that counts, or once counted, in a list challenge: one that leaves the list keeps its credit.

    until: the day on which it left the list; entries on or before it still count. unique: challenge, resource.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "challenge_resources")
    challenge: fields.ForeignKeyRelation[Challenge] = fields.ForeignKeyField("engage.Challenge", "resources")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "challenges")
    until = fields.DateField(null=True)

    class Meta:
        table = "challenge_resource"
        unique_together = (("challenge", "resource"),)


class Badge(Model):
    """A badge and its award rule (JSON, engage.programs.awards).

    shape, ink, mark (a number or the name of an icon): how it is drawn.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "badges")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "badges")
    position = fields.SmallIntField(default=0)
    title = fields.TextField()
    description = fields.TextField(default="")
    rule = fields.TextField()
    shape = fields.CharField(max_length=24, default="round")
    ink = fields.CharField(max_length=12, default="marigold")
    mark = fields.CharField(max_length=24, default="")

    class Meta:
        table = "badge"
        indexes = (("school", "program"),)


class Enrolment(Model):
    """A student's part in a program. joined_on counts for credit; leaving hides, joining again restores.

    way: how it came about: "" (joined), "code", "class" (with the roster) or "staff".
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "enrolments")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "enrolments")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "enrolments")
    joined_on = fields.DateField()
    joined_at = UtcDatetimeField()
    left_at = UtcDatetimeField(null=True)
    way = fields.CharField(max_length=24, db_default="")

    class Meta:
        table = "enrolment"
        unique_together = (("program", "person"),)
        indexes = (("school", "person"),)


class LogEntry(Model):
    """A fact: on a day, a student read, viewed or listened. Never changed; see EntryVoid and supersedes.

    on, zone, entered_at: the local date, the school's zone and the instant at that moment (SAFETY.md, I5). title:
    as typed
    where no resource is known. ending: "" (in the middle), "finished" or "stopped". minute: the minute of the day of a
    repeated form, for asking "again?". form_key: the form it came from; unique with the person (I1). way: how it came
    in: "" (by the student), "class", "paper week" (a total, on the last day of its week) or "for a pre-reader".
    class_id: the class in which it was done; also_in: further ones that the student was in then, ids with "," between.
    forgotten_on: the day on which retention made its title a number (SAFETY.md, P4).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "log")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "log")
    on = fields.DateField()
    zone = fields.CharField(max_length=60)
    entered_at = UtcDatetimeField()
    mode = fields.CharEnumField(Mode, max_length=24)
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "log", null=True, on_delete=fields.SET_NULL
    )
    resource_id: int | None
    title = fields.TextField(default="")
    minutes = fields.IntField(null=True)
    pages = fields.IntField(null=True)
    chapters = fields.IntField(null=True)
    sessions = fields.IntField(null=True)
    ending = fields.CharField(max_length=24, default="")
    feeling = fields.CharField(max_length=24, default="")
    class_id = fields.BigIntField(null=True)
    also_in = fields.CharField(max_length=400, db_default="")
    grade_band = fields.CharField(max_length=8, default="")
    batch = fields.CharField(max_length=13, default="")
    way = fields.CharField(max_length=24, db_default="")
    entered_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "entries_made", null=True, on_delete=fields.SET_NULL
    )
    form_key = fields.CharField(max_length=40)
    forgotten_on = fields.DateField(null=True)
    supersedes: fields.OneToOneNullableRelation[LogEntry] = fields.OneToOneField(
        "engage.LogEntry", "superseded_by", null=True, on_delete=fields.CASCADE
    )

    class Meta:
        table = "log_entry"
        unique_together = (("person", "form_key"),)
        indexes = (("school", "person", "on"), ("school", "resource", "person"))


class EntryBefore(Model):
    """A fact: up to a moment, an entry was of another resource. What two resources were before they became one.

    Results that were final by then go on counting it as that (PRODUCT.md, section 4, rule 20). title: the number that
    stands for it since its time was over, like LogEntry.title. unique: entry, until.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "entries_before")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "entries_before")
    entry: fields.ForeignKeyRelation[LogEntry] = fields.ForeignKeyField("engage.LogEntry", "before")
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "log_before", null=True, on_delete=fields.SET_NULL
    )
    title = fields.TextField(default="")
    until = UtcDatetimeField()

    class Meta:
        table = "entry_before"
        unique_together = (("entry", "until"),)
        indexes = (("school", "person"),)


class EntryVoid(Model):
    """A fact: an entry was taken back, by whom and why. Once an entry."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "entry_voids")
    entry: fields.OneToOneRelation[LogEntry] = fields.OneToOneField("engage.LogEntry", "void")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "entries_voided", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField()
    reason = fields.TextField(default="")

    class Meta:
        table = "entry_void"


class StaffGrant(Model):
    """A fact: a person of the staff gave a badge by hand; it adds no reading (rule 18)."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "grants")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "grants")
    badge: fields.ForeignKeyRelation[Badge] = fields.ForeignKeyField("engage.Badge", "grants")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "grants_made", null=True, on_delete=fields.SET_NULL
    )
    on = fields.DateField()
    at = UtcDatetimeField()
    reason = fields.TextField(default="")

    class Meta:
        table = "staff_grant"
        unique_together = (("person", "badge"),)


class Saved(Model):
    """A fact: a student wants this one; removed by taking it off the shelf again."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "saved")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "saved")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "saved")
    at = UtcDatetimeField()

    class Meta:
        table = "saved"
        unique_together = (("person", "resource"),)


class Progress(Model):
    """An outcome: how far a student is in one challenge. done_on: the day that met the goal.

    goal: what it asks of this student, which a list with fewer items, or with credit kept, makes another than the
    challenge's own.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "progress")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "progress")
    challenge: fields.ForeignKeyRelation[Challenge] = fields.ForeignKeyField("engage.Challenge", "progress")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "progress")
    amount = fields.IntField(default=0)
    goal = fields.IntField(default=0)
    done_on = fields.DateField(null=True)

    class Meta:
        table = "progress"
        unique_together = (("challenge", "person"),)
        indexes = (("school", "program", "person"),)


class Award(Model):
    """An outcome: a badge that a student holds, or held until an own correction took what earned it (state
    "withdrawn").

    why: the explanation as sentences (JSON list). kept: "" or the reason why it stays although the rule is not met.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "awards")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "awards")
    badge: fields.ForeignKeyRelation[Badge] = fields.ForeignKeyField("engage.Badge", "awards")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "awards")
    state = fields.CharField(max_length=24)
    earned_on = fields.DateField()
    why = fields.TextField(default="")
    kept = fields.TextField(default="")

    class Meta:
        table = "award"
        unique_together = (("badge", "person"),)
        indexes = (("school", "program", "person"),)


class Standing(Model):
    """An outcome: one student's whole result in a program.

    alive_until: the last day on which a log would still add to the row.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "standings")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "standings")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "standings")
    minutes = fields.IntField(default=0)
    titles = fields.IntField(default=0)
    days = fields.IntField(default=0)
    points = fields.IntField(default=0)
    tickets = fields.IntField(db_default=0)
    streak = fields.IntField(default=0)
    longest = fields.IntField(default=0)
    last_on = fields.DateField(null=True)
    alive_until = fields.DateField(null=True)
    completed_on = fields.DateField(null=True)

    class Meta:
        table = "standing"
        unique_together = (("program", "person"),)
        indexes = (("school", "program"),)


class ResourceProgress(Model):
    """An outcome: where a student is with one resource: finished if ever, else stopped or started, as last logged.

    started_on: the first day of it. on: the day that first finished it, else the last one. The class matrix reads this
    for assigned items and for nothing else (SAFETY.md, P2).
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "resource_progress")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "resource_progress")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "progress")
    state = fields.CharField(max_length=24)
    started_on = fields.DateField()
    on = fields.DateField()

    class Meta:
        table = "resource_progress"
        unique_together = (("person", "resource"),)
        indexes = (("school", "resource"), ("school", "person"), ("school", "started_on", "resource", "person"))
