"""One of everything that an address can name, for each whose things the scopes of the matrix mean, at each school."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tortoise.models import Model

from engage import dates
from engage.evaluation.framework import BEST, CRITERIA
from engage.evaluation.framework_files import written
from engage.evaluation.indicators import INDICATORS
from engage.people.erasing import model_of
from engage.people.models import Person, School
from engage.promotion.digests import Content
from engage.resources.requests import spoken
from tests.people.filling import Filling

# by the schools of the world: in the hours between two midnights a display of yesterday began today
TODAY = dates.today("America/New_York")
NOW = dates.now()
ASKED = {"title": "Hoot", "spoken": spoken("Hoot")}
DRAWING: dict[str, Any] = {"badge_id": None, "again_id": None, "rule": "completed"}
SURVEY = {"before_id": None, "program_id": None, "closes_on": TODAY + timedelta(days=9)}
CRITERION = next(iter(CRITERIA))
# what is the school's, whoever made it: one for each school, after what it hangs on
OF_SCHOOL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("framework", {}),
    ("standard", {}),
    ("endpoint", {"speech": "xapi", "way": "basic", "address": "https://lrs.example/"}),
    ("agreement", {"kinds": "use", "until": TODAY + timedelta(days=90)}),
    ("recall", {}),
    ("day_off", {"on": TODAY + timedelta(days=3), "note": "Snow day"}),
    ("api_token", {"scopes": "figures", "ends_on": TODAY + timedelta(days=90)}),
    ("roster_import", {}),
    ("device", {}),
    ("break_glass", {"act": "LOG05", "state": "asked"}),
    ("student_move", {}),
    ("import", {"kind": "csv"}),
    ("marc_import", {"kind": "marc"}),
    ("link", {"url": "https://a.example/owl"}),
    ("mute_rule", {"words": "coupon"}),
    ("inbox_entry", {"title": "How bats see"}),
    ("booktalk", {"text": "Read it.", "url": "https://a.example/talk"}),
    ("display", {"starts": TODAY - timedelta(days=1), "ends": TODAY + timedelta(days=9), "program_id": None}),
    ("promoted_link", {"medium": "sign", "program_id": None}),
    ("announcement", {"audience": "school", "until_on": TODAY + timedelta(days=9)}),
    ("digest", {"content": Content("Hello.", ()).json}),
    ("loan_file", {"mapping": "{}"}),
    ("cycle", {"criteria": None, "starts": TODAY - timedelta(days=100), "ends": TODAY + timedelta(days=100)}),
    ("objective", {"indicator": next(iter(INDICATORS))}),
    ("evidence", {"criterion": CRITERION, "kind": "file"}),
    ("evidence_file", {"name": "a.txt", "media_type": "text/plain", "size": 5, "body": b"words"}),
    ("planned_action", {"criterion": CRITERION, "what": "More chairs", "carried_from_id": None}),
    ("practice_framework", {"content": written(BEST)}),
    ("draft_survey", {**SURVEY, "state": "draft"}),
    ("closed_survey", {**SURVEY, "state": "closed", "answers": 10, "closed_on": TODAY}),
    ("survey", {**SURVEY, "state": "open"}),
    ("survey_question", {"kind": "text", "words": "What else?", "position": 1}),
    ("survey_text", {}),
)
# what has an owner: of whom the columns that lead to a person speak, if not of who made it
STUDENTS = frozenset({"my_suggestion", "my_request"})
OWNED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("section", "section", {"title": "Part"}),
    ("list_item", "list_item", {}),
    ("list_comment", "list_comment", {}),
    ("suggestion", "suggestion", {}),
    ("assignment", "assignment", {"kind": "all", "shows_from": TODAY - timedelta(days=2), "group_id": None}),
    ("unit", "unit", {}),
    ("unit_planner", "unit_planner", {}),
    ("unit_session", "unit_session", {}),
    ("unit_list", "unit_list", {}),
    ("help_request", "help_request", {"unit_id": None, "curated_id": None, "answered_by_id": None}),
    ("purchase_request", "purchase_request", {**ASKED, "resource_id": None, "answered_by_id": None}),
    ("challenge", "challenge", {"kind": "activities", "unit": "activities", "goal": 1, "curated_id": None}),
    ("activity", "activity", {"kind": "answer"}),
    ("badge", "badge", {"rule": '{"rule": "total", "unit": "minutes", "goal": 60}'}),
    ("prize", "prize", {"badge_id": None}),
    ("drawing", "drawing", DRAWING),
    ("frozen_drawing", "drawing", {**DRAWING, "frozen_at": NOW, "drawn_at": NOW, "seed": "a1", "seed_hash": "b2"}),
    ("team", "team", {"school_class_id": None}),
    ("program_message", "program_message", {"to": "everyone", "until_on": TODAY + timedelta(days=9)}),
    ("log_batch", "log_batch", {"undone_by_id": None, "kind": "paper"}),
)
OF_STUDENT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("log_entry", "log_entry", {"entered_by_id": None, "supersedes_id": None, "minutes": 10, "zone": "UTC"}),
    ("my_request", "purchase_request", {**ASKED, "resource_id": None, "answered_by_id": None}),
    ("my_suggestion", "suggestion", {}),
    ("hand_in", "hand_in", {}),
    ("inquiry", "inquiry", {"group_id": None, "read_by_id": None, "handed_at": NOW, "handed_on": TODAY}),
    ("my_inquiry", "inquiry", {"group_id": None, "read_by_id": None, "school_class_id": None}),
    ("my_inquiry_source", "inquiry_source", {}),
    ("family_link", "family_link", {"ends_at": NOW + timedelta(days=9)}),
)


# kinds whose table has another name
TABLES = {"closed_survey": "survey", "draft_survey": "survey", "marc_import": "import"}


@dataclass
class Corner:
    """What there is of one owner: what a new row hangs on, by the table of that."""

    school: School
    person: int
    student: int
    parents: dict[str, int] = field(default_factory=dict)

    async def one(self, kind: str, table: str, given: dict[str, Any], word: str) -> Model:
        """A row that hangs on what is here. word: what its texts say."""
        model: Any = model_of(table)
        values = dict(given)
        for name in model._meta.fk_fields | model._meta.o2o_fields:
            of: Any = model._meta.fields_map[name]
            target = of.related_model._meta.db_table
            if of.source_field in values or target == "district":
                continue
            if target == "school":
                values.setdefault("school_id", self.school.id)
                continue
            if of.related_model is Person:
                values[of.source_field] = self._who(kind, name)
            elif target in self.parents:
                values[of.source_field] = self.parents[target]
        if "title" in model._meta.fields_map and "title" not in values:
            values["title"] = f"{kind} {word}".strip()
        made = await Filling(self.school, self.person).row(table, "", values)
        self.parents[table] = made.id
        return made

    def _who(self, kind: str, column: str) -> int | None:
        if kind == "unit_planner":
            return self.person
        if column in ("person", "student") or (kind in STUDENTS and column == "by"):
            return self.student
        return None if column in ("answered_by", "decided_by", "read_by", "undone_by", "sign_in_by") else self.person


def value_of(made: Any) -> str:
    """What stands in an address for a row."""
    return getattr(made, "slug", None) or getattr(made, "key", None) or str(made.id)
