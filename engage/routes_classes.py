"""The addresses of planning together and of students' inquiries, one row each; engage.routes puts them in place."""

from engage.classes import help_pages as helping
from engage.classes import inquiry_pages as inquiring
from engage.classes import session_pages as sessions
from engage.classes import trail_pages as trails
from engage.classes import unit_pages as units
from engage.web.routing import Row, form, page, post

PLANNING: list[Row] = [
    page("/{school}/units", units.units, "LST05"),
    form("/{school}/units/new", units.new_unit, "LST05"),
    page("/{school}/units/{key}", units.unit, "LST05"),
    form("/{school}/units/{key}/words", units.edit_unit, "LST05"),
    form("/{school}/units/{key}/look-back", units.look_back, "LST05"),
    post("/{school}/units/{key}/plan", units.plan_unit, "LST05"),
    post("/{school}/units/{key}/step-back", units.step_back, "LST05"),
    form("/{school}/units/{key}/throw-away", units.throw_unit_away, "LST05"),
    form("/{school}/units/{key}/lessons/new", sessions.new_session, "LST05"),
    form("/{school}/units/{key}/lessons/{session}", sessions.edit_session, "LST05"),
    post("/{school}/units/{key}/lessons/{session}/remove", sessions.remove_session, "LST05"),
    post("/{school}/units/{key}/lessons/{session}/put-back", sessions.put_session_back, "LST05"),
    form("/{school}/units/{key}/lists", sessions.unit_lists, "LST05"),
    post("/{school}/units/{key}/lists/{curated}/drop", sessions.drop_unit_list, "LST05"),
    form("/{school}/units/{key}/standards", sessions.unit_standards, "LST05"),
    form("/{school}/units/{key}/people", sessions.unit_planners, "LST05"),
    post("/{school}/units/{key}/people/{person}/drop", sessions.drop_planner, "LST05"),
    page("/{school}/library-help", helping.my_help, "LST05"),
    form("/{school}/library-help/new", helping.ask_for_help, "LST05"),
    post("/{school}/library-help/{key}/take-back", helping.take_help_back, "LST05"),
    page("/{school}/curate/library-help", helping.to_help, "LST05"),
    form("/{school}/curate/library-help/{key}", helping.reply, "LST05"),
    post("/{school}/curate/library-help/{key}/done", helping.help_done, "LST05"),
    post("/{school}/curate/library-help/{key}/unit", helping.help_to_unit, "LST05"),
    post("/{school}/curate/library-help/{key}/list", helping.help_to_list, "LST05"),
]

INQUIRIES: list[Row] = [
    page("/{school}/me/inquiries", inquiring.inquiries, "LOG07"),
    form("/{school}/me/inquiries/new", inquiring.new_inquiry, "LOG01"),
    page("/{school}/me/inquiries/{key}", inquiring.inquiry, "LOG07"),
    form("/{school}/me/inquiries/{key}/question", inquiring.change_question, "LOG01"),
    form("/{school}/me/inquiries/{key}/sources/new", inquiring.new_source, "LOG01"),
    form("/{school}/me/inquiries/{key}/sources/{source}", inquiring.edit_source, "LOG01"),
    post("/{school}/me/inquiries/{key}/sources/{source}/move", inquiring.move_source, "LOG01"),
    form("/{school}/me/inquiries/{key}/sources/{source}/remove", inquiring.remove_source, "LOG01"),
    form("/{school}/me/inquiries/{key}/hand-in", inquiring.hand_inquiry_in, "LOG06"),
    post("/{school}/me/inquiries/{key}/take-back", inquiring.take_inquiry_back, "LOG06"),
    form("/{school}/me/inquiries/{key}/throw-away", inquiring.throw_inquiry_away, "LOG01"),
    page("/{school}/inquiries", trails.trails, "LOG06"),
    form("/{school}/inquiries/{key}", trails.trail, "LOG06"),
    post("/{school}/inquiries/{key}/open", trails.open_trail, "LOG06"),
]
