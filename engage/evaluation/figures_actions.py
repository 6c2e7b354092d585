"""What is done about figures: raise the limits under which a group is withheld, and say the hours of staff."""

from engage.database.transaction import one_transaction
from engage.engagement.small_groups import check_limits
from engage.errors import NotFound, Refused
from engage.evaluation.rules import check_planner
from engage.people import audit
from engage.people.models import School
from engage.people.rules import Reader, Scope


@one_transaction
async def raise_limits(inside: int, beyond: int, *, by: Reader) -> None:
    """Ask for more students behind each number, in the school and beyond it. Raises NotFound, Refused."""
    if not by.may("REP07", Scope.SCHOOL):
        raise NotFound("limits")
    school = await School.filter(id=by.school.id).select_for_update().get()
    if wrong := check_limits(inside, beyond, school.fewest, school.fewest_shared):
        raise Refused(wrong, about="inside" if inside < school.fewest else "beyond")
    if (inside, beyond) == (school.fewest, school.fewest_shared):
        return
    await School.filter(id=school.id).update(fewest=inside, fewest_shared=beyond)
    await audit.note("raised the limits of small groups", by=by, subject=f"{inside} inside, {beyond} beyond")


@one_transaction
async def say_staff_hours(hours: int, *, by: Reader) -> None:
    """Say for how many hours a week the library's staff are on duty, all of them added up. Raises NotAllowed."""
    check_planner(by)
    await School.filter(id=by.school.id).update(staff_hours=hours)
    await audit.note("said the hours of library staff", by=by, subject=f"{hours} a week")
