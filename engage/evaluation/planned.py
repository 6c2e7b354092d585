"""What the library did with others: units and lessons, what teachers asked for, what was shown, lent and answered.

As in engage.evaluation.figures, nothing is withheld here yet. All of it is asked in one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engage.classes.unit_rules import COUNTED, Lead, Level
from engage.dates import Period
from engage.evaluation.stock import ON_LISTS, pairs
from engage.evaluation.survey_rules import AGREES, ENOUGH, READY, Phase
from engage.promotion.loan_rules import FileKind, FileState
from engage.promotion.rules import Verdict

Pair = tuple[int, int]

NONE: Pair = (0, 0)
PLANNED = ", ".join(f"'{state.value}'" for state in COUNTED)
# drafts are only thoughts; a unit without a last day is over on its first
OF_UNITS = (
    f"u.school_id = {{school}} AND u.state IN ({PLANNED}) AND u.starts <= {{last}} "
    "AND COALESCE(u.ends, u.starts) >= {first}"
)
LENT = (
    "FROM loan_row l JOIN loan_file f ON f.id = l.of_file_id "
    f"WHERE l.school_id = {{school}} AND f.kind = '{FileKind.LOANS}' AND f.state = '{FileState.COUNTED}' "
    "AND l.ends >= {first} AND l.ends <= {last}"
)
NAMED = {
    **{f"unit {level}": f"COUNT(*), 0 FROM unit u WHERE {OF_UNITS} AND u.level = '{level}'" for level in Level},
    **{
        f"lesson {lead}": 'COUNT(*), 0 FROM unit_session s JOIN unit u ON u.id = s.unit_id WHERE s."on" >= {first} '
        f'AND s."on" <= {{last}} AND s.school_id = {{school}} AND s.gone_at IS NULL AND u.state IN ({PLANNED}) '
        f"AND s.lead = '{lead}'"
        for lead in Lead
    },
    "standards": "COUNT(CASE WHEN t.id IN (SELECT s.standard_id FROM unit_standard s JOIN unit u ON u.id = s.unit_id "
    f"WHERE s.school_id = {{school}} AND {OF_UNITS}) THEN 1 END), COUNT(*) "
    "FROM standard t WHERE t.school_id = {school} AND t.gone_at IS NULL",
    "asked": "COUNT(first_answered_at), COUNT(*) FROM help_request WHERE school_id = {school} AND made_at >= {begin} "
    "AND made_at < {end}",
    **{
        f"display {verdict}": "COUNT(*), 0 FROM display WHERE school_id = {school} AND starts <= {last} "
        f"AND ends >= {{first}} AND verdict = '{verdict}'"
        for verdict in Verdict
    },
    "on lists": f"SUM(CASE WHEN l.resource_id IN {ON_LISTS} THEN l.loans ELSE 0 END), "
    f"(SELECT SUM(copies) FROM holding WHERE school_id = {{school}} AND gone_at IS NULL "
    f"AND resource_id IN {ON_LISTS}) {LENT}",
    "all": f"SUM(l.loans), (SELECT SUM(copies) FROM holding WHERE school_id = {{school}} AND gone_at IS NULL) {LENT}",
}
# question by question, for what may be shown of each says what may be shown of all
OUTCOMES = (
    f"SELECT 'said ' || q.code || ' ' || q.id AS name, SUM(CASE WHEN t.place >= {AGREES} THEN t.count ELSE 0 END) "
    "AS many, SUM(t.count) AS beside FROM survey_tally t JOIN survey_question q ON q.id = t.question_id "
    "JOIN survey s ON s.id = q.survey_id WHERE t.school_id = {school} "
    f"AND q.code IN ({', '.join(repr(one.code) for one in READY)}) AND s.state = '{Phase.CLOSED}' "
    f"AND s.stage <> 'before' AND s.answers >= {ENOUGH} AND s.closed_on >= {{first}} AND s.closed_on <= {{last}} "
    f"GROUP BY q.code, q.id HAVING SUM(t.count) >= {ENOUGH}"
)


@dataclass(frozen=True)
class Together:
    """Everything of one school and period. units: by level of collaboration; lessons: by who leads them.

    standards: those that units teach, and all. asked: requests of teachers that are answered, and all. displays: by
    what came of them. lent: by name, "on lists" and "all", loans and the copies there are; none where none were brought
    in. outcomes: by the code of each ready-made question, of each survey who agreed and who answered.
    """

    units: Mapping[Level, int] = field(default_factory=dict)
    lessons: Mapping[Lead, int] = field(default_factory=dict)
    standards: Pair = NONE
    asked: Pair = NONE
    displays: Mapping[Verdict, int] = field(default_factory=dict)
    lent: Mapping[str, Pair] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)


NOTHING_TOGETHER = Together()


async def together_of(school_id: int, zone: str, period: Period) -> Together:
    """What was done together in a period; one statement."""
    return together_from(await pairs(school_id, zone, period, NAMED, OUTCOMES))


def together_from(found: Mapping[str, Pair]) -> Together:
    """The same out of what was found with NAMED and OUTCOMES."""
    return Together(
        {level: found[f"unit {level}"][0] for level in Level},
        {lead: found[f"lesson {lead}"][0] for lead in Lead},
        found["standards"],
        found["asked"],
        {verdict: found[f"display {verdict}"][0] for verdict in Verdict},
        {name: found[name] for name in ("on lists", "all") if found["all"][0]},
        {
            one.code: some
            for one in READY
            if (some := tuple(pair for name, pair in found.items() if name.startswith(f"said {one.code} ")))
        },
    )
