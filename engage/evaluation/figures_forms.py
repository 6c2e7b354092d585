"""What is filled in about figures: how many students must stand behind one."""

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from engage.engagement.small_groups import BEYOND, HIGHEST_LIMIT, INSIDE
from engage.web.forms import Form


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
