"""Every indicator once more, straight from the rows of the tables, with nothing kept and nothing clever.

A number, or None where nothing stands behind it: nobody did it, or, for a share, nobody did not.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engage.classes.unit_models import HelpRequest, Unit, UnitSession, UnitStandard
from engage.dates import Period
from engage.engagement.models import Engagement
from engage.lists.exchange_models import Origin
from engage.lists.models import CuratedList, ListItem
from engage.lists.standards_models import Standard
from engage.people.models import Membership, Person, School
from engage.programs.models import Enrolment, Program, ResourceProgress, Saved, Standing
from engage.programs.review_models import Review
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.models import Display
from engage.resources.incoming_models import Source
from engage.resources.models import Holding, Link, LinkCheck, PurchaseRequest, Resource

Rows = list[dict[str, Any]]
TABLES = {
    "diary": Engagement,
    "roles": Membership,
    "programs": Program,
    "parts": Enrolment,
    "standings": Standing,
    "places": ResourceProgress,
    "saved": Saved,
    "reviews": Review,
    "lists": CuratedList,
    "items": ListItem,
    "origins": Origin,
    "resources": Resource,
    "links": Link,
    "checks": LinkCheck,
    "sources": Source,
    "asked": PurchaseRequest,
    "units": Unit,
    "lessons": UnitSession,
    "taught": UnitStandard,
    "standards": Standard,
    "help": HelpRequest,
    "displays": Display,
    "loan files": LoanFile,
    "loans": LoanRow,
    "holdings": Holding,
}


class Naive:
    """The rows of one school, and what they come to in a period."""

    def __init__(self, tables: dict[str, Rows], people: Rows, zone: str, period: Period) -> None:
        self.tables, self.zone, self.period = tables, ZoneInfo(zone), period
        self.students = {
            row["person_id"]
            for row in tables["roles"]
            if row["role"] == "student"
            and any(one["id"] == row["person_id"] and one["status"] == "active" for one in people)
        }
        self.acts = [row for row in tables["diary"] if row["on"] in period]
        self.logged = self.standing("logged")
        self.finished = self.standing("finished")
        published = {row["id"] for row in tables["lists"] if row["state"] == "published" and not row["is_template"]}
        self.published = published
        self.listed = {row["resource_id"] for row in tables["items"] if row["curated_id"] in published}
        self.offered = [row for row in tables["resources"] if row["state"] == "offered"]

    def standing(self, kind: str) -> Rows:
        """The acts of a kind that were not taken back: each taking back is struck out with one that is like it."""
        left: dict[Any, Rows] = defaultdict(list)
        for act in self.acts:
            if act["kind"] != kind:
                continue
            like = tuple(act[name] for name in ("person_id", "on", "mode", "format", "place", "grade_band", "class_id"))
            like += (abs(act["minutes"]), abs(act["pages"]))
            if act["count"] > 0:
                left[like] += [act] * act["count"]
            else:
                del left[like][: -act["count"]]
        return [act for rows in left.values() for act in rows]

    def within(self, moment: datetime | None) -> bool:
        """Whether a moment lies in the period, by the school's clock."""
        return moment is not None and moment.astimezone(self.zone).date() in self.period

    def count(self, kind: str) -> int:
        return sum(act["count"] for act in self.acts if act["kind"] == kind)

    def of(self, name: str) -> float | None:
        """The number of an indicator."""
        found = getattr(self, name.replace("minutes_", "minutes_of_"), None)
        if name.startswith("minutes_"):
            return self.minutes(name.partition("_")[2])
        assert found is not None, f"{name} has no second computation"
        return found()  # type: ignore[no-any-return]

    # taking part

    def people(self, acts: Iterable[dict[str, Any]]) -> set[int]:
        return {act["person_id"] for act in acts}

    def reach(self) -> float | None:
        took = len(self.people(self.logged))
        return 100 * took / len(self.students) if self.students else None

    def not_reached(self) -> float | None:
        took = len(self.people(self.logged))
        return len(self.students) - took if took and took < len(self.students) else None

    def active_days(self) -> float | None:
        days = {(act["person_id"], act["on"], act["grade_band"]) for act in self.logged}
        return round(len(days) / len(self.people(self.logged)), 1) if days else None

    def minutes(self, mode: str) -> float | None:
        acts = [act for act in self.logged if act["mode"] == mode and act["minutes"]]
        return sum(act["minutes"] for act in acts) if acts else None

    def pages(self) -> float | None:
        acts = [act for act in self.logged if act["pages"]]
        return sum(act["pages"] for act in acts) if acts else None

    def sessions(self) -> float | None:
        return len(self.logged) or None

    def titles(self) -> float | None:
        return len(self.finished) or None

    def mode_share(self) -> float | None:
        each = [self.minutes(mode) or 0 for mode in ("reading", "viewing", "listening")]
        return round(100 * max(each) / sum(each)) if all(each) else None

    def on_site(self) -> float | None:
        here = [act for act in self.logged if act["place"] == "here"]
        online = [act for act in self.logged if act["place"] == "online"]
        return 100 * len(here) / (len(here) + len(online)) if here and online else None

    # programs

    def ran(self) -> Rows:
        return [
            row
            for row in self.tables["programs"]
            if row["state"] != "draft"
            and row["starts"] <= self.period.ends
            and (row["ends"] is None or row["ends"] >= self.period.starts)
        ]

    def joinings(self) -> set[tuple[int, int]]:
        ran = {row["id"] for row in self.ran()}
        return {
            (row["program_id"], row["person_id"])
            for row in self.tables["parts"]
            if row["program_id"] in ran and row["joined_on"] <= self.period.ends and row["left_at"] is None
        }

    def completions(self) -> set[tuple[int, int]]:
        return self.joinings() & {
            (row["program_id"], row["person_id"])
            for row in self.tables["standings"]
            if row["completed_on"] is not None and row["completed_on"] <= self.period.ends
        }

    def of_programs(self, acts: set[tuple[int, int]]) -> Counter[int]:
        return Counter(program for program, _ in acts)

    def joining(self) -> float | None:
        told = [many for many in self.of_programs(self.joinings()).values() if many < len(self.students)]
        return sum(told) if told else None

    def completion(self) -> float | None:
        joined, done = self.of_programs(self.joinings()), self.of_programs(self.completions())
        told = [one for one in joined if 0 < done[one] < joined[one] and 5 <= 100 * done[one] / joined[one] <= 95]
        return 100 * sum(done[one] for one in told) / sum(joined[one] for one in told) if told else None

    def streaks(self) -> float | None:
        running = {
            row["id"]
            for row in self.tables["programs"]
            if row["state"] == "published"
            and row["starts"] <= self.period.ends
            and (row["ends"] is None or row["ends"] >= self.period.ends)
        }
        rows = [row for row in self.tables["standings"] if row["program_id"] in running]
        alive = {row["person_id"] for row in rows if row["alive_until"] and row["alive_until"] >= self.period.ends}
        return 100 * len(alive) / len({row["person_id"] for row in rows}) if rows else None

    def programs_opened(self) -> float | None:
        return self.count("program opened")

    def assignments(self) -> float | None:
        return self.count("assigned")

    # lists

    def lists_published(self) -> float | None:
        rows = [row for row in self.tables["lists"] if row["id"] in self.published]
        return sum(self.within(row["published_at"]) for row in rows)

    def list_opens(self) -> float | None:
        return self.count("list opened")

    def list_saves(self) -> float | None:
        rows = [row for row in self.tables["saved"] if row["resource_id"] in self.listed and self.within(row["at"])]
        return len(rows) or None

    def list_starts(self) -> float | None:
        rows = [row for row in self.tables["places"] if row["resource_id"] in self.listed]
        return sum(row["started_on"] in self.period for row in rows) or None

    def list_finishes(self) -> float | None:
        rows = [row for row in self.tables["places"] if row["resource_id"] in self.listed]
        return sum(row["state"] == "finished" and row["on"] in self.period for row in rows) or None

    def items_used(self) -> float | None:
        used = {row["resource_id"] for row in self.tables["places"]} & self.listed
        return 100 * len(used) / len(self.listed) if used else None

    def lists_offered(self) -> float | None:
        return sum(row["offered"] for row in self.tables["lists"] if row["id"] in self.published)

    def lists_adopted(self) -> float | None:
        return sum(bool(row["linked"]) for row in self.tables["origins"] if self.within(row["taken_at"]))

    def lists_forked(self) -> float | None:
        return sum(not row["linked"] for row in self.tables["origins"] if self.within(row["taken_at"]))

    def reviews(self) -> float | None:
        return sum(self.within(row["approved_at"]) for row in self.tables["reviews"]) or None

    # the collection

    def collection_size(self) -> float | None:
        return len(self.offered)

    def collection_age(self) -> float | None:
        ages = [self.period.ends.year - row["year"] for row in self.offered if row["year"] is not None]
        return round(sum(ages) / len(ages), 1) if ages else None

    def _percent(self, part: int, whole: int) -> float | None:
        return round(100 * part / whole) if whole else None

    def online_share(self) -> float | None:
        return self._percent(sum(bool(row["online"]) for row in self.offered), len(self.offered))

    def accessible(self) -> float | None:
        aids = ("captions", "transcript", "large_print", "audio_description")
        return self._percent(sum(any(row[aid] for aid in aids) for row in self.offered), len(self.offered))

    def home_access(self) -> float | None:
        offered = {row["id"] for row in self.offered}
        links = [row for row in self.tables["links"] if row["resource_id"] in offered]
        return self._percent(sum(row["access"] == "" and row["state"] != "dead" for row in links), len(links))

    def languages_used(self) -> float | None:
        return sum(row["started_on"] in self.period for row in self.tables["places"]) or None

    def dead_links(self) -> float | None:
        offered = {row["id"] for row in self.offered}
        return sum(row["state"] == "dead" for row in self.tables["links"] if row["resource_id"] in offered)

    def days_to_repair(self) -> float | None:
        spells: list[int] = []
        for link in {row["link_id"] for row in self.tables["checks"]}:
            looks = sorted(
                (row["at"], row["id"], row["state"]) for row in self.tables["checks"] if row["link_id"] == link
            )
            dead: date | None = None
            for at, _, state in looks:
                on = at.astimezone(self.zone).date()
                if state == "dead" and dead is None:
                    dead = on
                elif state not in ("dead", "unchecked") and dead is not None:
                    if on in self.period:
                        spells.append((on - dead).days)
                    dead = None
        return round(sum(spells) / len(spells), 1) if spells else None

    def feeds_alive(self) -> float | None:
        feeds = [row for row in self.tables["sources"] if row["state"] == "active"]
        good = [
            row
            for row in feeds
            if row["last_good_at"] is not None
            and (self.period.ends - row["last_good_at"].astimezone(self.zone).date()).days < 7
        ]
        return self._percent(len(good), len(feeds))

    def feeds_harvested(self) -> float | None:
        return self.count("source harvested")

    def entries_promoted(self) -> float | None:
        return self.count("entry promoted")

    def _asked(self) -> Rows:
        rows = [row for row in self.tables["asked"] if self.within(row["made_at"])]
        return rows if any(row["by_id"] is not None for row in rows) else []

    def _answers(self) -> list[int]:
        return [
            (row["answered_at"].astimezone(self.zone).date() - row["made_at"].astimezone(self.zone).date()).days
            for row in self._asked()
            if row["state"] != "asked" and row["answered_at"] is not None
        ]

    def requests(self) -> float | None:
        return len(self._asked()) or None

    def requests_answered(self) -> float | None:
        return self._percent(len(self._answers()), len(self._asked()))

    def days_to_answer(self) -> float | None:
        days = self._answers()
        return round(sum(days) / len(days), 1) if days else None

    # with others

    def _planned(self) -> Rows:
        return [row for row in self.tables["units"] if row["state"] in ("planned", "taught")]

    def units(self) -> float | None:
        days = [(row["starts"], row["ends"] or row["starts"]) for row in self._planned() if row["starts"] is not None]
        return sum(starts <= self.period.ends and ends >= self.period.starts for starts, ends in days)

    def lessons(self) -> float | None:
        planned = {row["id"] for row in self._planned()}
        rows = [row for row in self.tables["lessons"] if row["unit_id"] in planned and row["gone_at"] is None]
        return sum(row["on"] in self.period for row in rows)

    def standards_taught(self) -> float | None:
        units = {
            row["id"]
            for row in self._planned()
            if row["starts"] <= self.period.ends and (row["ends"] or row["starts"]) >= self.period.starts
        }
        taught = {row["standard_id"] for row in self.tables["taught"] if row["unit_id"] in units}
        there = [row["id"] for row in self.tables["standards"] if row["gone_at"] is None]
        return self._percent(sum(number in taught for number in there), len(there))

    def _helped(self) -> Rows:
        return [row for row in self.tables["help"] if self.within(row["made_at"])]

    def students_per_hour(self) -> float | None:
        (school,) = self.tables["school"]
        hours = school["staff_hours"]
        return len(self.students) / hours if hours and self.students else None

    def help_asked(self) -> float | None:
        return len(self._helped())

    def help_answered(self) -> float | None:
        rows = self._helped()
        return self._percent(sum(row["first_answered_at"] is not None for row in rows), len(rows))

    def displays(self) -> float | None:
        return sum(
            row["verdict"] != "" and row["starts"] <= self.period.ends and row["ends"] >= self.period.starts
            for row in self.tables["displays"]
        )

    def loans_listed(self) -> float | None:
        counted = {
            row["id"] for row in self.tables["loan files"] if (row["kind"], row["state"]) == ("loans", "counted")
        }
        rows = [row for row in self.tables["loans"] if row["of_file_id"] in counted and row["ends"] in self.period]
        copies = sum(
            row["copies"]
            for row in self.tables["holdings"]
            if row["gone_at"] is None and row["resource_id"] in self.listed
        )
        out = sum(row["loans"] for row in rows if row["resource_id"] in self.listed)
        return round(out / copies, 2) if sum(row["loans"] for row in rows) and copies else None


async def naive_of(school_id: int, zone: str, period: Period) -> Naive:
    """Every row of a school, read whole."""
    # in order: an act that was taken back stands before what takes it back
    tables = {name: await model.filter(school_id=school_id).order_by("id").values() for name, model in TABLES.items()}
    tables["school"] = await School.filter(id=school_id).values()
    return Naive(tables, await Person.filter(school_id=school_id).values(), zone, period)
