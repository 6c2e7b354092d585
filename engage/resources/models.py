"""The tables of resources: the catalogue with its holdings and links, imports, sources and the inbox."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.engagement.rules import Mode
from engage.people.models import Person, School
from engage.resources.rules import EntryState, Format, ImportState, LinkState, Outcome, ResourceState, SourceState


class Resource(Model):
    """One thing to read, view or listen to; editions of one work are one resource.

    other_titles: varying and original ones, "; " between. creators, subjects: the names as shown, "; " between; the
    rows stand in Creator and Subject. audience_low, audience_high: grades, kindergarten 0. pages, minutes: extent.
    search_text: folded words of titles, creators, subjects and summary, each with the mark of its field, that the
    search index holds. match_key: folded title, first creator and format, for finding the same work again. here,
    online: whether it has holdings, links. popularity: saves, finishes and lists, for ranking. kept: names of fields
    that a person wrote, which no import changes, "," between. origin: the record that its fields come from, as scheme
    and number, and content_hash what it said then; both "" where a person or a feed brought it. version rises with
    each change that readers could see.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "resources")
    state = fields.CharEnumField(ResourceState, max_length=24, default=ResourceState.OFFERED)
    title = fields.TextField()
    title_sort = fields.CharField(max_length=120, default="")
    other_titles = fields.TextField(default="")
    creators = fields.TextField(default="")
    mode = fields.CharEnumField(Mode, max_length=24, default=Mode.READING)
    format = fields.CharEnumField(Format, max_length=24, default=Format.BOOK)
    summary = fields.TextField(default="")
    subjects = fields.TextField(default="")
    language = fields.CharField(max_length=12, default="")
    audience_low = fields.SmallIntField(null=True)
    audience_high = fields.SmallIntField(null=True)
    publisher = fields.TextField(default="")
    year = fields.SmallIntField(null=True)
    pages = fields.IntField(null=True)
    minutes = fields.IntField(null=True)
    series = fields.TextField(default="")
    dewey = fields.CharField(max_length=24, default="")
    cover = fields.TextField(default="")
    explicit = fields.BooleanField(default=False)
    here = fields.BooleanField(default=False)
    online = fields.BooleanField(default=False)
    search_text = fields.TextField(default="")
    match_key = fields.CharField(max_length=200, default="")
    popularity = fields.IntField(default=0)
    kept = fields.TextField(default="")
    origin = fields.CharField(max_length=220, default="")
    content_hash = fields.CharField(max_length=32, default="")
    version = fields.IntField(default=1)
    made_at = UtcDatetimeField(auto_now_add=True)
    changed_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "resource"
        indexes = (("school", "match_key"), ("school", "state", "mode"), ("school", "popularity"))


class Creator(Model):
    """A person or body who made a resource, in order, with the role: author, illustrator, narrator …"""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "creators")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "creator_rows")
    position = fields.SmallIntField(default=0)
    name = fields.TextField()
    role = fields.CharField(max_length=40, default="author")

    class Meta:
        table = "creator"
        indexes = (("school", "resource"),)


class Identifier(Model):
    """A number that names a resource elsewhere.

    scheme: isbn, issn, lccn, oclc, record (MARC 003+001), doi, url, guid.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "identifiers")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "identifiers")
    scheme = fields.CharField(max_length=12)
    value = fields.CharField(max_length=200)

    class Meta:
        table = "identifier"
        unique_together = (("resource", "scheme", "value"),)
        indexes = (("school", "scheme", "value"),)


class Subject(Model):
    """A subject heading or genre of a resource, as the record has it."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "subjects")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "subject_rows")
    term = fields.CharField(max_length=200)
    kind = fields.CharField(max_length=12, default="topic")

    class Meta:
        table = "subject"
        indexes = (("school", "term"), ("school", "resource"))


class Measure(Model):
    """A reading measure as found in the library's own record; hidden unless the school shows them, never public."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "measures")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "measures")
    scheme = fields.TextField()
    value = fields.TextField()
    origin = fields.TextField(default="")

    class Meta:
        table = "measure"
        indexes = (("school", "resource"),)


class Holding(Model):
    """Where a resource stands on site. origin: the record that says so. gone_at: a later import no longer has it."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "holdings")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "holdings")
    call_number = fields.TextField(default="")
    location = fields.TextField(default="")
    barcodes = fields.TextField(default="")
    copies = fields.IntField(default=1)
    available = fields.IntField(null=True)
    origin = fields.CharField(max_length=220, default="")
    as_of = UtcDatetimeField()
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "holding"
        indexes = (("school", "resource"),)


class Link(Model):
    """The address of a resource off site. access: "" open, else where one must be or sign in. origin: as in Holding."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "links")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "links")
    url = fields.TextField()
    provider = fields.TextField(default="")
    access = fields.TextField(default="")
    media_type = fields.CharField(max_length=80, default="")
    origin = fields.CharField(max_length=220, default="")
    state = fields.CharEnumField(LinkState, max_length=24, default=LinkState.UNCHECKED)
    checked_at = UtcDatetimeField(null=True)

    class Meta:
        table = "link"
        indexes = (("school", "resource"),)


class Import(Model):
    """One file brought into the catalogue, and how far it is. A failure says why in problem."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "imports")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "imports", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24)
    name = fields.TextField()
    file = fields.TextField(default="")
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


class ImportRow(Model):
    """What became of one record: its number in the file, from 1, and in reason why it was refused, or what was odd.

    line: what tells it from others of the title, such as its creator and call number.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "import_rows")
    of_import: fields.ForeignKeyRelation[Import] = fields.ForeignKeyField("engage.Import", "rows")
    number = fields.IntField()
    outcome = fields.CharEnumField(Outcome, max_length=24)
    title = fields.TextField(default="")
    line = fields.TextField(default="")
    reason = fields.TextField(default="")
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
    changes_ids: the feed changes its guids, so the second key rules (F9).
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
    etag = fields.TextField(default="")
    last_modified = fields.TextField(default="")
    body_hash = fields.CharField(max_length=64, default="")
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


class InboxEntry(Model):
    """A harvested entry that waits for a person, or what the person decided, when and why.

    identity and second_key: engage's copy of feeds.identity. content_hash: of what was stored, so that an
    unchanged entry
    costs no write. proposal: JSON of fields that the feed changed after the entry was promoted, for a person to accept.
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
        indexes = (("school", "state", "published_at"), ("source", "second_key"))
