"""The list in FastAPI with SQLAlchemy and Jinja, as their manuals show it: mapped classes, eager loading, a template.

Four statements: the list with its school and its owner, the things with their resources and sections, the holdings,
the links. A second address reads no objects but the columns that the page shows, of all things in one statement: what
an author makes of it who looks for speed. Only these columns are mapped, on the tables that Engage made. It runs in
threads with as many connections as there are askers: in the loop, with aiosqlite or asyncpg, it takes more work.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    sessionmaker,
)

from tests.bench.turns import CONNECTIONS

HERE = Path(__file__).parent


class Base(DeclarativeBase):
    """Of all tables."""


class School(Base):
    """A library."""

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]


class Person(Base):
    """Who made a list."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Curated(Base):
    """A list."""

    __tablename__ = "curated_list"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    slug: Mapped[str]
    title: Mapped[str]
    introduction: Mapped[str]
    state: Mapped[str]
    visibility: Mapped[str]
    items_count: Mapped[int]
    reading: Mapped[int]
    viewing: Mapped[int]
    listening: Mapped[int]
    school: Mapped[School] = relationship()
    owner: Mapped[Person | None] = relationship()


class Section(Base):
    """A part of a list."""

    __tablename__ = "section"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    note: Mapped[str]


class Resource(Base):
    """A thing of the library."""

    __tablename__ = "resource"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    title: Mapped[str]
    creators: Mapped[str]
    mode: Mapped[str]
    format: Mapped[str]
    holdings: Mapped[list["Holding"]] = relationship()
    links: Mapped[list["Link"]] = relationship()


class Holding(Base):
    """Where a thing stands."""

    __tablename__ = "holding"
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    call_number: Mapped[str]
    location: Mapped[str]


class Link(Base):
    """Where a thing is on the web."""

    __tablename__ = "link"
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    url: Mapped[str]

    @property
    def host(self) -> str:
        """The site."""
        return urlsplit(self.url).hostname or ""


class Item(Base):
    """A thing on a list."""

    __tablename__ = "list_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    curated_id: Mapped[int] = mapped_column(ForeignKey("curated_list.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    position: Mapped[int]
    annotation: Mapped[str]
    section: Mapped[Section | None] = relationship()
    resource: Mapped[Resource] = relationship()

    @property
    def holding(self) -> Holding | None:
        """The first."""
        return next(iter(self.resource.holdings), None)

    @property
    def link(self) -> Link | None:
        """The first."""
        return next(iter(self.resource.links), None)


LISTS = select(Curated).join(Curated.school).options(joinedload(Curated.school), joinedload(Curated.owner))
ON_SITE_AND_OFF = (selectinload(Resource.holdings), selectinload(Resource.links))
ITEMS = (
    select(Item)
    .options(joinedload(Item.section), joinedload(Item.resource).options(*ON_SITE_AND_OFF))
    .order_by(Item.position)
)
SAID = (
    *(Item.position, Item.annotation, Item.section_id, Section.title.label("heading"), Section.note),
    *(Resource.key, Resource.title, Resource.creators, Resource.mode, Resource.format),
    *(Holding.call_number, Holding.location, Link.url),
)
COLUMNS = (
    select(*SAID)
    .join(Item.resource)
    .outerjoin(Item.section)
    .outerjoin(Resource.holdings)
    .outerjoin(Resource.links)
    .order_by(Item.position)
)


def address(url: str) -> str:
    """Of the database, as SQLAlchemy writes it."""
    lite = url.startswith("sqlite://")
    return url.replace("sqlite://", "sqlite:///") if lite else url.replace("postgres", "postgresql+psycopg", 1)


def parts_of(things: Iterable[Any], of: Callable[[Any], Any], head: Callable[[Any], tuple[str, str]]) -> list[Any]:
    """Things by their section. of: names it; head: its title and the note beside that, of a thing in it."""
    found = []
    for _, among in groupby(things, of):
        held = list(among)
        title, note = head(held[0])
        found.append({"title": title, "note": note, "things": held})
    return found


def as_item(row: Any) -> SimpleNamespace:
    """A row of COLUMNS as the template asks for it."""
    link = {"url": row.url, "host": urlsplit(row.url).hostname} if row.url else None
    holding = row if row.call_number is not None else None
    own = {"row": row, "position": row.position, "annotation": row.annotation}
    return SimpleNamespace(**own, resource=row, holding=holding, link=link)


def application(url: str) -> FastAPI:
    """The site."""
    app = FastAPI()
    sessions = sessionmaker(create_engine(address(url), pool_size=CONNECTIONS))
    templates = Jinja2Templates(HERE)
    templates.env.trim_blocks = templates.env.lstrip_blocks = True

    def session() -> Iterator[Session]:
        with sessions() as db:
            yield db

    Db = Annotated[Session, Depends(session)]

    def list_for(school: str, slug: str, db: Db) -> Curated:
        public = (Curated.state == "published", Curated.visibility == "public")
        found = db.scalar(LISTS.where(School.slug == school, Curated.slug == slug, *public))
        if found is None:
            raise HTTPException(404)
        return found

    ListHere = Annotated[Curated, Depends(list_for)]

    @app.get("/{school}/lists/{slug}", response_class=HTMLResponse)
    def show(request: Request, curated: ListHere, db: Db) -> Response:
        rows = db.scalars(ITEMS.where(Item.school_id == curated.school_id, Item.curated_id == curated.id))
        parts = parts_of(rows, attrgetter("section"), lambda item: (item.section.title, item.section.note))
        return templates.TemplateResponse(request, "list.html", {"curated": curated, "parts": parts})

    @app.get("/columns/{school}/lists/{slug}", response_class=HTMLResponse)
    def show_columns(request: Request, curated: ListHere, db: Db) -> Response:
        rows = db.execute(COLUMNS.where(Item.school_id == curated.school_id, Item.curated_id == curated.id))
        items = map(as_item, rows)
        parts = parts_of(items, attrgetter("row.section_id"), lambda item: (item.row.heading, item.row.note))
        return templates.TemplateResponse(request, "list.html", {"curated": curated, "parts": parts})

    return app
