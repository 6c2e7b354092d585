"""What is filled in about figures: how many students must stand behind one, and the hours of the library's staff."""

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from engage.engagement.small_groups import BEYOND, HIGHEST_LIMIT, INSIDE
from engage.web.forms import Form

MOST_HOURS = 2_000


class StaffForm(Form):
    """How many hours a week the library's staff are on duty."""

    hours = IntegerField(
        "Hours a week, all library staff added up",
        [InputRequired("Write a whole number."), NumberRange(1, MOST_HOURS)],
        description="Two people with 35 and 20 hours are 55.",
    )


class LimitsForm(Form):
    """The limits of small groups, inside the school and beyond it."""

    inside = IntegerField(
        "Inside the school",
        [InputRequired("Write a whole number."), NumberRange(INSIDE, HIGHEST_LIMIT)],
    )
    beyond = IntegerField(
        "In the district, and wherever figures leave the school",
        [InputRequired("Write a whole number."), NumberRange(BEYOND, HIGHEST_LIMIT)],
    )
