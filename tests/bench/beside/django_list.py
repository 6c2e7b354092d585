"""The list in Django with its ORM, as its manual shows it: models, what belongs to them in few statements, a template.

Four statements: the list with its school and its owner, the things with their resources and sections, the holdings,
the links. Three addresses: with Django's own templates; under /jinja with Jinja, which is faster; and under /kept with
Django's own and its page cache in memory, which gives a page for a minute, whatever has changed. Only the columns that
the page shows are in the models, on the tables that Engage made. A connection lives as long as its thread.
PEER_DATABASE, of the environment: the address of the database.
"""

import os
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.cache import cache_page

HERE = Path(__file__).parent
MINUTE = 60


def database(url: str) -> dict[str, Any]:
    """As Django wants it."""
    if url.startswith("sqlite://"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite://"), "CONN_MAX_AGE": None}
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    who = {"NAME": parts.path.strip("/"), "USER": parts.username, "PASSWORD": parts.password or "", "HOST": host}
    return {"ENGINE": "django.db.backends.postgresql", **who, "PORT": parts.port or "", "CONN_MAX_AGE": None}


def templates(backend: str, **options: Any) -> dict[str, Any]:
    """A kind of templates, named by the end of its name."""
    kind = f"django.template.backends.{backend}"
    return {"NAME": backend.rpartition(".")[2], "BACKEND": kind, "DIRS": [HERE], "OPTIONS": options}


settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="k" * 50,
    DATABASES={"default": database(os.environ["PEER_DATABASE"])},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[templates("django.DjangoTemplates"), templates("jinja2.Jinja2", trim_blocks=True, lstrip_blocks=True)],
)
django.setup()


class Table(models.Model):
    """One that Engage made."""

    class Meta:
        abstract = True
        app_label = "library"
        managed = False


class School(Table):
    """A library."""

    slug = models.TextField()
    name = models.TextField()

    class Meta(Table.Meta):
        db_table = "school"


class Person(Table):
    """Who made a list."""

    name = models.TextField()

    class Meta(Table.Meta):
        db_table = "person"


class Curated(Table):
    """A list."""

    school = models.ForeignKey(School, models.CASCADE)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True)
    slug = models.TextField()
    title = models.TextField()
    introduction = models.TextField()
    state = models.TextField()
    visibility = models.TextField()
    items_count = models.IntegerField()
    reading = models.IntegerField()
    viewing = models.IntegerField()
    listening = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "curated_list"


class Section(Table):
    """A part of a list."""

    title = models.TextField()
    note = models.TextField()

    class Meta(Table.Meta):
        db_table = "section"


class Resource(Table):
    """A thing of the library."""

    key = models.TextField()
    title = models.TextField()
    creators = models.TextField()
    mode = models.TextField()
    format = models.TextField()

    class Meta(Table.Meta):
        db_table = "resource"


class Holding(Table):
    """Where a thing stands."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="holdings")
    call_number = models.TextField()
    location = models.TextField()

    class Meta(Table.Meta):
        db_table = "holding"


class Link(Table):
    """Where a thing is on the web."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="links")
    url = models.TextField()

    class Meta(Table.Meta):
        db_table = "link"

    @property
    def host(self) -> str:
        """The site."""
        return urlsplit(self.url).hostname or ""


class Item(Table):
    """A thing on a list."""

    school = models.ForeignKey(School, models.CASCADE)
    curated = models.ForeignKey(Curated, models.CASCADE, related_name="items")
    section = models.ForeignKey(Section, models.SET_NULL, null=True)
    resource = models.ForeignKey(Resource, models.CASCADE)
    position = models.IntegerField()
    annotation = models.TextField()

    class Meta(Table.Meta):
        db_table = "list_item"

    @property
    def holding(self) -> Holding | None:
        """The first."""
        return next(iter(self.resource.holdings.all()), None)

    @property
    def link(self) -> Link | None:
        """The first."""
        return next(iter(self.resource.links.all()), None)


def show(request: HttpRequest, school: str, slug: str, using: str = "DjangoTemplates") -> HttpResponse:
    """The page. using: which templates."""
    public = {"state": "published", "visibility": "public"}
    lists = Curated.objects.select_related("school", "owner")
    curated = get_object_or_404(lists, school__slug=school, slug=slug, **public)
    items = Item.objects.filter(school_id=curated.school_id, curated=curated).select_related("section", "resource")
    items = items.prefetch_related("resource__holdings", "resource__links").order_by("position")
    parts = [
        {"title": section.title, "note": section.note, "things": list(things)}
        for section, things in groupby(items, attrgetter("section"))
    ]
    return render(request, "list.html", {"curated": curated, "parts": parts}, using=using)


LIST = "<slug:school>/lists/<slug:slug>"
urlpatterns = [
    path(LIST, show),
    path(f"jinja/{LIST}", show, {"using": "Jinja2"}),
    path(f"kept/{LIST}", cache_page(MINUTE)(show)),
]
wsgi = get_wsgi_application()
