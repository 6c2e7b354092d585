"""What a form of a page would send, filled in so that it is taken; and the world as it was, after it was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from tortoise import fields
from tortoise.connection import get_connection

from engage import dates
from engage.database.tenancy import every_school
from engage.people.erasing import model_of

TODAY = dates.today("America/New_York")
# of whoever has one
PASSWORD = "seven herons at dusk"
# what is typed into a field, by its type and then by its name
BY_TYPE = {
    "date": (TODAY + timedelta(days=3)).isoformat(),
    "url": "https://b.example/page",
    "email": "somebody@b.example",
    "number": "1",
    "password": PASSWORD,
}
BY_NAME = {
    "login": "newcomer",
    "isbns": "9780399214578",
    "lines": "Owl Moon",
    "minutes": "10",
    "first_day": TODAY.isoformat(),
    "last_day": TODAY.isoformat(),
    "verdict": "Good.",
    "reflection": "It went well.",
    "agreed_on": (TODAY + timedelta(days=3)).isoformat(),
    "signed_by": "Dora Quist",
    "signed_on": TODAY.isoformat(),
    "until": (TODAY + timedelta(days=90)).isoformat(),
    "ends": (TODAY + timedelta(days=30)).isoformat(),
    "statement": "We lend.",
    "level_1": "a",
    "level_2": "b",
    "level_3": "c",
    "level_4": "d",
    "target": "50",
    "page_title": "A page",
    "file_title": "A file",
    "issuer": "https://id.example",
    "starts": TODAY.isoformat(),
    "completion_goal": "100",
}
# what a row wants besides what its page sends; @ stands before a kind of thing, for its key in the school
SENT: dict[str, dict[str, str | None]] = {
    "/admin/classes/{key}/change": {"name": "Room 77"},
    "/admin/classes/{key}/put-in": {"people": "@outsider"},
    "/admin/people/{key}/change": {"name": "Samuel"},
    "/admin/platforms/new": {
        "name": "LMS",
        "client_id": "new",
        "deployments": "1",
        "agreement": "Of 2026",
        **dict.fromkeys(("site", "issuer", "authorize", "token", "keys"), "https://lms.example"),
    },
    "/admin/platforms/{key}": {"agreement": "Of 2026"},
    "/admin/privacy": {"session_days": "20"},
    "/admin/sign-in": {"middle": "pin cards"},
    "/curate/lists/{key}/bulk": {"bulk": "remove", "pick": "@list_item"},
    "/curate/lists/{key}/hand-over": {"person": "@colleague"},
    "/curate/lists/{key}/items": {"resource": "@resource"},
    "/curate/lists/{key}/offer": {"on": "1"},
    "/curate/lists/{key}/parts/{part}": {"act": "save", "title": "Another part"},
    "/curate/lists/{key}/poster": {"ink": "tomato", "scene": "books"},
    "/curate/lists/{key}/publish": {"visibility": "classes", "classes": "@class", "when": "now"},
    "/curate/lists/{key}/suggestions/{suggestion}": {"decision": "decline"},
    "/curate/lists/{key}/template": {"on": "1", "template": "1"},
    "/curate/programs/{key}/board": {"board": "off"},
    "/curate/programs/{key}/people/{student}/badge": {"badge": "@badge", "reason": "She read to us."},
    "/evaluation/limits": {"inside": "6"},
    "/groups/{key}/edit": {"name": "Otters"},
    "/me/account": {"current": PASSWORD, "password": "nine otters at noon, all of them"},
    "/me/prove": {"secret": PASSWORD},
    "/me/inquiries/{key}/sources/{source}": {"title": "Another"},
    "/programs/{slug}/certificates": {"people": "@student"},
    "/units/{key}/lessons/{session}": {"what": "More of it"},
    "/admin/people/{key}/role": {"role": "helper"},
    "/admin/outside/new": {"address": "https://lrs.example/", "login": "x", "secret": "y", "speech": "xapi"},
    "/newsletter": {"address": "ada@a.example"},
    "/curate/sources/suggested": {"address": "https://b.example/feed"},
    "/evaluation/{cycle}/criteria/{code}/evidence/address": {"address": "https://b.example/"},
    "/assign": {"kind": "all", "required": "", "groups": None, "students": None},
    "/curate/reviews/{key}/decide": {"act": "reject", "reason": "No.", "version": "1"},
    "/me/inquiries/new": {"group": None},
    "/units/{key}/lessons/new": {"on": TODAY.isoformat()},
    "/curate/links/{key}": {"url": "https://b.example/owl"},
    "/surveys/{key}": {"@survey_question": "Fine."},
    "/inquiries/{key}": {"comment": "Well done."},
    "/curate/lists/{key}/people/{person}": {"act": "remove"},
    "/glass/{key}/decide": {"agreed": "yes"},
    "/admin/moves/{key}/decide": {"agreed": "yes"},
    "/evaluation/staff": {"hours": "40"},
}
# in which something must stand, whatever the page says
NEEDED = frozenset(
    {
        "address",
        "annotation",
        "answer",
        "client_id",
        "goal",
        "introduction",
        "message",
        "name",
        "note",
        "question",
        "reason",
        "text",
        "title",
        "what",
        "words",
    }
)
Sent = dict[str, str | list[str]]


class Forms(HTMLParser):
    """The forms of a page: where each is sent -> what it sends. Every box is ticked once, every choice is made."""

    def __init__(self, at: str, text: str) -> None:
        super().__init__()
        self.at = at
        self.found: dict[str, Sent] = {}
        self.form: Sent | None = None
        self.select = ""
        self.area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = {} if of.get("method", "").lower() == "post" else None
            if self.form is not None:
                self.form = self.found.setdefault((of.get("action") or self.at).partition("#")[0], self.form)
            return
        if self.form is None:
            return
        name, value, kind = of.get("name", ""), of.get("value", ""), of.get("type", "text")
        if where := of.get("formaction"):
            other = self.found.setdefault(where, dict(self.form))
            if name:
                other.setdefault(name, value)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in of or not self.form.get(self.select)):
            self.form[self.select] = value
        elif tag == "textarea":
            self.area = name
            self.form.setdefault(name, "")
        elif tag == "button":
            if name:
                self.form.setdefault(name, value)
        elif tag == "input" and name:
            self.put(name, value, kind, of)

    def put(self, name: str, value: str, kind: str, of: dict[str, str]) -> None:
        assert self.form is not None
        if kind in ("radio", "checkbox"):
            if "checked" in of:
                self.form[name] = of.get("value", "on") or ""
            else:
                self.form.setdefault(name, of.get("value", "on") or "")
        elif kind in ("hidden", "submit"):
            self.form.setdefault(name, value)
        elif kind != "file":
            needed = "required" in of or name in NEEDED
            self.form[name] = value or BY_NAME.get(name) or (BY_TYPE.get(kind, "Seven words") if needed else "")

    def handle_data(self, data: str) -> None:
        if self.area and self.form is not None:
            self.form[self.area] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            if self.area and self.form is not None and not self.form[self.area]:
                self.form[self.area] = BY_NAME.get(self.area, "Seven words" if self.area in NEEDED else "")
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.form = None


# where a form leads back to is a path of ours, whatever it says (SAFETY.md, S4)
AWAY = "//evil.example/lincoln/"
LEADING = ("next", "back")
# what stands nowhere by itself, in fields that no form has (SAFETY.md, A9)
PLANTED: dict[Any, str] = {str: "Zyzzogeton", int: "424242", "date": "2031-03-03"}
MOST_PLANTED = 150


def planted(tables: set[str], known: Collection[str]) -> Sent:
    """A field for each column of tables that no known field is named like: words and numbers that stand in no row, and
    of choices the last."""
    found: Sent = {}
    for table in sorted(tables):
        meta = model_of(table)._meta
        found |= dict.fromkeys(meta.fk_fields | meta.o2o_fields, PLANTED[int])
        for name in meta.fields_db_projection:
            found[name] = choices[-1] if (choices := choices_of(table, name)) else _odd(meta.fields_map[name])
    return dict([(name, value) for name, value in found.items() if name not in known][:MOST_PLANTED])


def choices_of(table: str, column: str) -> list[str]:
    """What alone may stand in a column, where it is of few values; empty for words, numbers and days."""
    field: Any = model_of(table)._meta.fields_map[column]
    if isinstance(field, fields.BooleanField):
        return ["", "1"]
    return [str(one.value) for one in getattr(field, "enum_type", ())]


def _odd(field: Any) -> str:
    if isinstance(field, (fields.DatetimeField, fields.DateField)):
        return PLANTED["date"]
    return PLANTED[int if issubclass(field.field_type, int) else str]


# written by every request, or by nobody's act
APART = ("form_key", "sign_in_try", "session")
# in which it is noted that something was done
NOTES = {
    "audit_entry",
    "engagement",
    "daily_figure",
    "month_figure",
    "active_day",
    "hidden_student",
    "year_salt",
    "job",
}
OURS = ("kept_", "sqlite_", "pg_", "resource_text", "resource_voc", "tortoise_migrations", "tick")
SWITCH = {
    "sqlite": ("PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE", "COMMIT; PRAGMA foreign_keys=ON"),
    "postgres": ("BEGIN; SET LOCAL session_replication_role = replica", "COMMIT"),
}


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
}
OF_SCHOOL = {
    "sqlite": "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'school_id'",
    "postgres": "SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'school_id'",
}


@dataclass
class Kept:
    """A copy of every table, to see what an act did, and to have everything as it was again."""

    kind: str
    tables: list[str]
    of_school: frozenset[str]
    asked: str

    @classmethod
    async def now(cls) -> "Kept":
        """Keep what there is."""
        client = get_connection("default")
        kind = "sqlite" if client.capabilities.dialect == "sqlite" else "postgres"
        every = [row["name"] for row in await client.execute_query_dict(TABLES[kind])]
        tables = [name for name in every if not name.startswith(OURS)]
        of_school = frozenset(row["name"] for row in await client.execute_query_dict(OF_SCHOOL[kind]))
        # on PostgreSQL the database is used again, and is emptied of what lies in its first schema alone
        first = "" if kind == "sqlite" else "DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; "
        copies = (f'CREATE TABLE {_kept(kind, name)} AS SELECT * FROM "{name}"' for name in tables)
        await _run(first + "; ".join(copies))
        seen = [name for name in tables if name not in APART]
        asked = [f"{_differs(kind, name)} OR EXISTS ({_more(kind, name)})" for name in seen]
        return cls(kind, tables, of_school, " UNION ALL ".join([*asked, _differs(kind, "session")]))

    async def changed(self) -> set[str]:
        """The tables that are not as they were; of sessions, whether there are more or fewer."""
        with every_school("what an act did is looked for everywhere"):
            return {row["name"] for row in await get_connection("default").execute_query_dict(self.asked)}

    async def schools(self, tables: set[str]) -> set[int]:
        """Of which schools the rows are that changed."""
        found = set()
        with every_school("what an act did is looked for everywhere"):
            for name in tables & self.of_school:
                for rows in (_more(self.kind, name), _fewer(self.kind, name)):
                    asked = f"SELECT school_id FROM ({rows}) AS x"
                    found |= {row["school_id"] for row in await get_connection("default").execute_query_dict(asked)}
        return found - {None}

    async def written(self, tables: set[str]) -> dict[str, list[dict[str, Any]]]:
        """The rows of tables that were not there as they are now."""
        with every_school("what an act did is looked for everywhere"):
            client = get_connection("default")
            return {name: await client.execute_query_dict(_more(self.kind, name)) for name in sorted(tables)}

    async def back(self, tables: set[str]) -> None:
        """Have tables as they were, and the sessions."""
        begin, end = SWITCH[self.kind]
        names = sorted({*tables, *APART})
        moved = (f'DELETE FROM "{name}"; INSERT INTO "{name}" SELECT * FROM {_kept(self.kind, name)}' for name in names)
        await _run(f"{begin}; {'; '.join(moved)}; {end}")


def _kept(kind: str, name: str) -> str:
    return f'"kept_{name}"' if kind == "sqlite" else f'kept."{name}"'


def _differs(kind: str, name: str) -> str:
    return f"""SELECT '{name}' AS name WHERE (SELECT count(*) FROM "{name}") <>
        (SELECT count(*) FROM {_kept(kind, name)})"""


def _more(kind: str, name: str) -> str:
    return f'SELECT * FROM "{name}" EXCEPT SELECT * FROM {_kept(kind, name)}'


def _fewer(kind: str, name: str) -> str:
    return f'SELECT * FROM {_kept(kind, name)} EXCEPT SELECT * FROM "{name}"'


async def _run(script: str) -> None:
    with every_school("a test puts everything back"):
        await get_connection("default").execute_script(script)
