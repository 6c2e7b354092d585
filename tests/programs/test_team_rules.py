"""Teams: averages by the roster, and nothing told of a few."""

from datetime import date

import pytest

from engage.errors import Refused
from engage.programs.team_rules import TeamSum, check_team, shown, until_for


def team(name: str, members: int, total: int) -> TeamSum:
    return TeamSum(name.lower(), name, "night", members, total)


def test_teams_stand_by_what_a_member_did_and_not_by_how_many_they_are():
    rows = shown([team("Owls", 10, 100), team("Foxes", 5, 80)], 5, mine="owls")
    assert [(row.name, row.average, row.mine) for row in rows] == [("Foxes", 16, False), ("Owls", 10, True)]


def test_a_team_of_few_is_withheld_and_so_is_one_from_which_it_could_be_told():
    teams = [team("Owls", 10, 100), team("Foxes", 6, 80), team("Mice", 4, 8)]
    rows = {row.name: row for row in shown(teams, 5)}
    assert rows["Owls"].total == 100
    assert [rows[name].total for name in ("Foxes", "Mice")] == [None, None]
    assert [rows[name].members for name in ("Foxes", "Mice")] == [None, None]


def test_a_team_without_members_hides_no_other_and_is_shown_to_who_runs_it_only():
    teams = [team("Owls", 10, 100), team("Foxes", 6, 80), team("Empty", 0, 0)]
    assert [(row.name, row.total) for row in shown(teams, 5)] == [("Foxes", 80), ("Owls", 100)]
    assert len(shown(teams, 5, exact=True)) == 3


def test_two_teams_of_few_hide_each_other():
    rows = {row.name: row for row in shown([team("Owls", 10, 100), team("Foxes", 3, 80), team("Mice", 4, 8)], 5)}
    assert rows["Owls"].total == 100
    assert rows["Foxes"].total is None


def test_who_runs_the_program_sees_all_of_them():
    assert all(row.total is not None for row in shown([team("Owls", 10, 100), team("Mice", 1, 8)], 5, exact=True))
    assert shown([team("Empty", 0, 8)], 5, exact=True)[0].average == 0


def test_a_membership_ends_the_day_before_and_leaves_no_trace_where_it_never_counted():
    yesterday, today = date(2026, 11, 2), date(2026, 11, 3)
    assert until_for(date(2026, 11, 1), today, yesterday) == yesterday
    assert until_for(today, today, yesterday) is None


def test_a_team_has_a_name_of_its_own():
    assert check_team("  The   Owls ", ["Foxes"]) == "The Owls"
    for name, names in ((" ", []), ("owls", ["Owls"]), ("x" * 81, []), ("Owls", [str(n) for n in range(60)])):
        with pytest.raises(Refused):
            check_team(name, names)
