"""The tables of resources: the catalogue with its holdings, links, covers and notes; and what people ask for."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.engagement.rules import Mode
from engage.people.models import Person, School
from engage.resources.rules import Format, LinkState, RequestState, ResourceState


class Resource(Model):
    """One thing to read, view or listen to; editions of one work are one resource.

    other_titles: varying and original ones, "; " between. creators, subjects: the names as shown, "; " between; the
    rows stand in Creator and Subject. audience_low, audience_high: grades, kindergarten 0. pages, minutes: extent.
    search_text: folded words of titles, creators, subjects and summary, each with the mark of its field, that the
    search index holds. match_key: folded title, first creator and family of formats, for finding the same work again.
    here, online: whether it has holdings, links. editions: "" where all of them are of its own format, else what there
    is in each, see engage.resources.editions. popularity: saves, finishes and lists, for ranking. kept: names of fields
    that a person wrote, which no import changes, "," between. origin: the record that its fields come from, as scheme
    and number, and content_hash what it said then; both "" where a person or a feed brought it. version rises with
    each change that readers could see. picture: the key under which we serve its picture, "" where it is drawn.
    available: whether a copy is in, or it is open on the web, as far as is known. captions, transcript, large_print,
    audio_description: None where nobody has said. merged_into: the resource that it turned out to be, when merged.
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
    picture = fields.CharField(max_length=13, db_default="")
    explicit = fields.BooleanField(default=False)
    available = fields.BooleanField(db_default=False)
    captions = fields.BooleanField(null=True)
    transcript = fields.BooleanField(null=True)
    large_print = fields.BooleanField(null=True)
    audio_description = fields.BooleanField(null=True)
    merged_into: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "merged", null=True, on_delete=fields.SET_NULL
    )
    here = fields.BooleanField(default=False)
    online = fields.BooleanField(default=False)
    editions = fields.CharField(max_length=400, db_default="")
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


class Cover(Model):
    """The picture of a resource: where it came from, or that there is none, so that nobody asks again too soon.

    found_by: own, feed, record or openlibrary. digest: SHA-256 of the picture as it came, "" for a miss. problem: why
    there is none, in a sentence. next_try_at: when to look again, None for never.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "covers")
    resource: fields.OneToOneRelation[Resource] = fields.OneToOneField("engage.Resource", "cover_row")
    found_by = fields.CharField(max_length=24, default="")
    url = fields.TextField(default="")
    digest = fields.CharField(max_length=64, default="")
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    problem = fields.TextField(default="")
    tries = fields.SmallIntField(default=0)
    tried_at = UtcDatetimeField()
    next_try_at = UtcDatetimeField(null=True)

    class Meta:
        table = "cover"
        indexes = (("next_try_at",), ("school", "resource"))


class CoverImage(Model):
    """A picture in one width, as WebP that we made ourselves; nothing foreign is ever served (SAFETY.md, U6).

    key: the picture in the address; the same for all widths. A new picture has a new key, so it may be kept for ever.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=13)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "cover_images")
    cover: fields.ForeignKeyRelation[Cover] = fields.ForeignKeyField("engage.Cover", "images")
    width = fields.IntField()
    height = fields.IntField()
    body = fields.BinaryField()

    class Meta:
        table = "cover_image"
        unique_together = (("key", "width"),)


class Holding(Model):
    """Where a resource stands on site. origin: the record that says so. gone_at: a later import no longer has it.

    format: that of the edition that stands there, "" for the resource's own.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "holdings")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "holdings")
    call_number = fields.TextField(default="")
    location = fields.TextField(default="")
    barcodes = fields.TextField(default="")
    copies = fields.IntField(default=1)
    available = fields.IntField(null=True)
    format = fields.CharField(max_length=24, db_default="")
    origin = fields.CharField(max_length=220, default="")
    as_of = UtcDatetimeField()
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "holding"
        indexes = (("school", "resource"),)


class Link(Model):
    """The address of a resource off site. access: "" open, else where one must be or sign in. origin: as in Holding.

    found: what the last look saw, in a sentence. failures: looks in a row that found it dead. moved_to: where it
    leads now. fingerprint: SHA-256 of the title of the page when it was first seen. format: as in Holding.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "links")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "links")
    url = fields.TextField()
    provider = fields.TextField(default="")
    access = fields.TextField(default="")
    media_type = fields.CharField(max_length=80, default="")
    format = fields.CharField(max_length=24, db_default="")
    origin = fields.CharField(max_length=220, default="")
    state = fields.CharEnumField(LinkState, max_length=24, default=LinkState.UNCHECKED)
    checked_at = UtcDatetimeField(null=True)
    key = KeyField(null=True)
    next_check_at = UtcDatetimeField(null=True)
    failures = fields.SmallIntField(db_default=0)
    found = fields.TextField(db_default="")
    moved_to = fields.TextField(db_default="")
    fingerprint = fields.CharField(max_length=64, db_default="")

    class Meta:
        table = "link"
        indexes = (("school", "resource"), ("school", "state"), ("next_check_at",))


class LinkCheck(Model):
    """One look at a link, or one repair: what was found, or what a person did about it."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "link_checks")
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("engage.Link", "checks")
    at = UtcDatetimeField()
    state = fields.CharEnumField(LinkState, max_length=24)
    sentence = fields.TextField(default="")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "link_repairs", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "link_check"
        indexes = (("school", "link", "at"),)


class SelectionNote(Model):
    """How a resource was chosen, by the usual questions. shown: students read it as "How we chose this"."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "selection_notes")
    resource: fields.OneToOneRelation[Resource] = fields.OneToOneField("engage.Resource", "selection_note")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "selection_notes", null=True, on_delete=fields.SET_NULL
    )
    authority = fields.TextField(default="")
    currency = fields.TextField(default="")
    viewpoint = fields.TextField(default="")
    access = fields.TextField(default="")
    curriculum = fields.TextField(default="")
    verdict = fields.TextField(default="")
    shown = fields.BooleanField(default=False)
    made_at = UtcDatetimeField(auto_now_add=True)
    changed_at = UtcDatetimeField()

    class Meta:
        table = "selection_note"
        indexes = (("school", "resource"),)


class PurchaseRequest(Model):
    """A title that somebody asks the library for, and what the specialist answers.

    spoken: the title as it counts for being the same (engage.resources.requests.spoken).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "purchase_requests")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "purchase_requests", null=True, on_delete=fields.SET_NULL
    )
    title = fields.TextField()
    spoken = fields.CharField(max_length=400, db_default="")
    creator = fields.TextField(default="")
    why = fields.TextField(default="")
    isbn = fields.CharField(max_length=13, default="")
    url = fields.TextField(default="")
    state = fields.CharEnumField(RequestState, max_length=24, default=RequestState.ASKED)
    answer = fields.TextField(default="")
    answered_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "answered_requests", null=True, on_delete=fields.SET_NULL
    )
    answered_at = UtcDatetimeField(null=True)
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "purchase_requests", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "purchase_request"
        indexes = (("school", "state", "made_at"), ("school", "by"), ("school", "spoken"))
