"""What is true of teams: totals, averages by the roster, and which figures may be shown (rule 21; SAFETY.md, P10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engage.engagement.small_groups import hidden_with
from engage.errors import Refused

MOST_TEAMS = 60
LONGEST_NAME = 80


@dataclass(frozen=True)
class TeamSum:
    """A team with what its members did while they were members. members: on its roster on the day asked for."""

    key: str
    name: str
    ink: str
    members: int
    total: int
    school_class: bool = False


@dataclass(frozen=True)
class TeamShown:
    """A team as a page shows it. total, average: None where the team is too small to be shown.

    average: what a member did, rounded. mine: the reader is in it.
    """

    key: str
    name: str
    ink: str
    members: int | None
    total: int | None
    average: int | None
    mine: bool = False
    school_class: bool = False


def shown(teams: Sequence[TeamSum], fewest: int, exact: bool = False, mine: str = "") -> list[TeamShown]:
    """The teams in order of their averages, the best first; those that are withheld stand last, by name.

    fewest: members below which figures are withheld. exact: the reader runs the program and sees all. mine: the key
    of the reader's own team. Where teams are too small, more are withheld, the next smallest first, until as many
    people as one team needs are in those withheld: what everybody did together is shown elsewhere, and they could
    be told from the rest. Teams without members are not shown to others.
    """
    teams = [team for team in teams if exact or team.members or team.total]
    found = {team.key: team for team in teams}
    sizes = {key: team.members for key, team in found.items()}
    # what everybody did together is shown elsewhere
    hidden = set() if exact else hidden_with(sizes, lambda key: (found[key].total, key), fewest)
    rows = [_shown(team, team.key in hidden, team.key == mine) for team in teams]
    return sorted(rows, key=lambda row: (row.average is None, -(row.average or 0), row.name.casefold()))


def _shown(team: TeamSum, hidden: bool, mine: bool) -> TeamShown:
    head = (team.key, team.name, team.ink)
    if hidden:
        return TeamShown(*head, None, None, None, mine, team.school_class)
    average = round(team.total / team.members) if team.members else 0
    return TeamShown(*head, team.members, team.total, average, mine, team.school_class)


def until_for(since: date, today: date, yesterday: date) -> date | None:
    """The last day of a membership that ends today; None where it never began to count, so that no trace is kept."""
    return None if since >= today else yesterday


def check_team(name: str, names: Sequence[str]) -> str:
    """A team's name as it is kept. names: of the other teams. Raises Refused."""
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the team a name.", about="name")
    if len(name) > LONGEST_NAME:
        raise Refused(f"A team's name has up to {LONGEST_NAME} letters.", about="name")
    if name.casefold() in {other.casefold() for other in names}:
        raise Refused(f"There is a team {name} already.", about="name")
    if len(names) >= MOST_TEAMS:
        raise Refused(f"A program has up to {MOST_TEAMS} teams.")
    return name
