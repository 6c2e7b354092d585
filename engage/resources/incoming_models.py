"""The tables of what comes in: imports of files, sources with their visits, and the inbox."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.engagement.rules import Mode
from engage.people.models import Person, School
from engage.resources.models import Resource
from engage.resources.rules import EntryState, Format, ImportState, Outcome, SourceState


class Import(Model):
    """One file brought into the catalogue, and how far it is. A failure says why in problem.

    mapping: JSON, how its columns or fields are read; "" for the usual way.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "imports")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "imports", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24)
    name = fields.TextField()
    file = fields.TextField(default="")
    mapping = fields.TextField(db_default="")
    state = fields.CharEnumField(ImportState, max_length=24, default=ImportState.WAITING)
    dry_run = fields.BooleanField(default=False)
    records = fields.IntField(default=0)
    done = fields.IntField(default=0)
    added = fields.IntField(default=0)
    changed = fields.IntField(default=0)
    same = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    problem = fields.TextField(default="")
    started_at = UtcDatetimeField(null=True)
    ended_at = UtcDatetimeField(null=True)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "import"
        indexes = (("school", "made_at"),)


class ImportMapping(Model):
    """How a school reads files of one kind, remembered from the last time it said so.

    kind: csv, or marc for the fields of holdings. headings: SHA-256 of the folded headings of the file, "" for MARC.
    mapping: JSON, what each of our fields is read from.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "import_mappings")
    kind = fields.CharField(max_length=24)
    headings = fields.CharField(max_length=64, default="")
    mapping = fields.TextField()
    changed_at = UtcDatetimeField()

    class Meta:
        table = "import_mapping"
        unique_together = (("school", "kind", "headings"),)


class ImportRow(Model):
    """What became of one record: its number in the file, from 1, and in reason why it was refused, or what was odd.

    line: what tells it from others of the title, such as its creator and call number. before: JSON of what a changed
    resource was, so that the import can be taken back whole; "" where nothing was changed.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "import_rows")
    of_import: fields.ForeignKeyRelation[Import] = fields.ForeignKeyField("engage.Import", "rows")
    number = fields.IntField()
    outcome = fields.CharEnumField(Outcome, max_length=24)
    title = fields.TextField(default="")
    line = fields.TextField(default="")
    reason = fields.TextField(default="")
    before = fields.TextField(db_default="")
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "import_rows", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "import_row"
        unique_together = (("of_import", "number"),)
        indexes = (("school", "of_import", "outcome"),)


class Source(Model):
    """A feed that we visit. lease_until and fence: who is visiting now (SAFETY.md, I4). problem: a sentence, or "".

    moved_to, moved_seen: an address that a permanent redirect named, and on how many different days it did (F4).
    changes_ids: the feed changes its guids, so the second key rules (F9). mode, language, audience_low, audience_high:
    what all of its entries are, where a person said so. default_list: the key of the list where its entries are put
    unless a person chooses otherwise, or "". topic: under which heading a list of feeds had it. slices: what is known
    of the entries in the feed (see feeds.Feed), so that only the others are read; for nothing without a body_hash.
    rest: how long, and at which hours and on which days, the feed asks to be left alone (see visiting.rest_of).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "sources")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "sources", null=True, on_delete=fields.SET_NULL
    )
    url = fields.TextField()
    url_hash = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=24, default="feed")
    title = fields.TextField(default="")
    site = fields.TextField(default="")
    state = fields.CharEnumField(SourceState, max_length=24, default=SourceState.ACTIVE)
    mode = fields.CharEnumField(Mode, max_length=24, null=True)
    language = fields.CharField(max_length=12, db_default="")
    audience_low = fields.SmallIntField(null=True)
    audience_high = fields.SmallIntField(null=True)
    default_list = fields.CharField(max_length=13, db_default="")
    topic = fields.TextField(db_default="")
    etag = fields.TextField(default="")
    last_modified = fields.TextField(default="")
    body_hash = fields.CharField(max_length=64, default="")
    slices = fields.TextField(db_default="")
    rest = fields.CharField(max_length=160, db_default="")
    minutes_between = fields.IntField(default=60)
    next_visit_at = UtcDatetimeField()
    last_visit_at = UtcDatetimeField(null=True)
    last_good_at = UtcDatetimeField(null=True)
    failures = fields.IntField(default=0)
    problem = fields.TextField(default="")
    moved_to = fields.TextField(default="")
    moved_seen = fields.SmallIntField(default=0)
    moved_on = fields.DateField(null=True)
    changes_ids = fields.BooleanField(default=False)
    lease_until = UtcDatetimeField(null=True)
    fence = fields.BigIntField(default=0)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "source"
        unique_together = (("school", "url_hash"),)
        indexes = (("state", "next_visit_at"),)


class Visit(Model):
    """One visit to a source, in words: "12 new", "Nothing new", or what was wrong."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "visits")
    source: fields.ForeignKeyRelation[Source] = fields.ForeignKeyField("engage.Source", "visits")
    at = UtcDatetimeField()
    good = fields.BooleanField()
    code = fields.CharField(max_length=24, default="")
    sentence = fields.TextField(default="")
    new = fields.IntField(default=0)
    changed = fields.IntField(default=0)

    class Meta:
        table = "visit"
        indexes = (("school", "source", "at"),)


class MuteRule(Model):
    """Words that keep an entry out of the inbox: of one source, or of all where source is empty.

    words: folded; an entry with all of them in its title is muted. muted: how many entries the rule has kept out.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "mute_rules")
    source: fields.ForeignKeyNullableRelation[Source] = fields.ForeignKeyField("engage.Source", "mute_rules", null=True)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "mute_rules", null=True, on_delete=fields.SET_NULL
    )
    words = fields.CharField(max_length=200)
    muted = fields.IntField(default=0)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "mute_rule"
        indexes = (("school", "source"),)


class InboxEntry(Model):
    """A harvested entry that waits for a person, or what the person decided, when and why.

    identity and second_key: engage's copy of feeds.identity. content_hash: of what was stored, so that an unchanged
    entry costs no write. match_key: as in Resource, to see what the library has already. isbn, publisher, subjects,
    series, year, access: what a catalogue (OPDS) says; access is the price, licence or lock in words. mute: the rule
    that muted it. proposal: JSON of fields that the feed changed after the entry was promoted, for a person to accept.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "inbox")
    source: fields.ForeignKeyRelation[Source] = fields.ForeignKeyField("engage.Source", "entries")
    identity = fields.CharField(max_length=64)
    second_key = fields.CharField(max_length=64)
    content_hash = fields.CharField(max_length=64)
    title = fields.TextField()
    url = fields.TextField(default="")
    summary = fields.TextField(default="")
    body = fields.TextField(default="")
    creator = fields.TextField(default="")
    published_at = UtcDatetimeField()
    date_guessed = fields.BooleanField(default=False)
    mode = fields.CharEnumField(Mode, max_length=24)
    format = fields.CharEnumField(Format, max_length=24)
    file_url = fields.TextField(default="")
    file_type = fields.CharField(max_length=80, default="")
    minutes = fields.IntField(null=True)
    language = fields.CharField(max_length=12, default="")
    explicit = fields.BooleanField(default=False)
    picture = fields.TextField(default="")
    transcript = fields.TextField(default="")
    match_key = fields.CharField(max_length=200, db_default="")
    isbn = fields.CharField(max_length=13, db_default="")
    publisher = fields.TextField(db_default="")
    subjects = fields.TextField(db_default="")
    series = fields.TextField(db_default="")
    year = fields.SmallIntField(null=True)
    access = fields.TextField(db_default="")
    mute: fields.ForeignKeyNullableRelation[MuteRule] = fields.ForeignKeyField(
        "engage.MuteRule", "entries", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharEnumField(EntryState, max_length=24, default=EntryState.WAITING)
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "inbox_decisions", null=True, on_delete=fields.SET_NULL
    )
    decided_at = UtcDatetimeField(null=True)
    why = fields.TextField(default="")
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "inbox_entries", null=True, on_delete=fields.SET_NULL
    )
    proposal = fields.TextField(default="")
    seen_at = UtcDatetimeField()

    class Meta:
        table = "inbox_entry"
        unique_together = (("source", "identity"),)
        indexes = (("school", "state", "published_at"), ("source", "second_key"), ("school", "match_key"))
