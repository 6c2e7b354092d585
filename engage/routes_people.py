"""The addresses of signing in, schools, people, rosters and privacy, one row each; engage.routes puts them in place."""

from engage.classes import glass_pages as handed_in
from engage.people import access_pages as access
from engage.people import class_pages, moving_pages, person_pages, roster_pages, schools_pages, year_pages
from engage.people import desk_pages as desk
from engage.people import entering_pages as entering
from engage.people import glass_pages as glass
from engage.people import helping_pages as helping
from engage.people import oidc_admin_pages as elsewhere
from engage.people import oidc_pages as oidc
from engage.people import pages as people
from engage.people import privacy_pages as privacy
from engage.people import student_pages as students
from engage.programs import glass_pages as through_glass
from engage.web.limits import Cost
from engage.web.routing import OPEN, Row, form, page, post

SIGNING_IN: list[Row] = [
    page("/", people.start, OPEN),
    form("/sign-in", entering.sign_in_staff, OPEN, name="people.sign_in", cost=Cost.SIGN_IN),
    form("/sign-in/code", entering.sign_in_code, OPEN),
    form("/sign-in/second-step", entering.sign_in_set_up, OPEN),
    form("/sign-in/invitation", entering.invitation, OPEN),
    form("/sign-in/password", entering.choose_password, OPEN, cost=Cost.SIGN_IN),
    form("/sign-in/card", students.card, OPEN, camera=True),
    form("/sign-in/card/yes", students.card_is_mine, OPEN, cost=Cost.SIGN_IN),
    form("/sign-in/class", students.sign_in_class, OPEN),
    page("/sign-in/class/{code}", students.sign_in_tiles, OPEN),
    form("/sign-in/class/{code}/{key}", students.sign_in_picture, OPEN, cost=Cost.SIGN_IN),
    page("/sign-in/oidc/{key}", oidc.oidc_go, OPEN, seconds=15),
    page("/sign-in/oidc/{key}/back", oidc.oidc_back, OPEN, seconds=40),
    page("/sign-in/arrived", oidc.arrived, OPEN),
    post("/sign-out", entering.sign_out, OPEN, reserved=True),
]

DISTRICT: list[Row] = [
    page("/district/schools", schools_pages.all_schools, "ADM04"),
    form("/district/schools/new", schools_pages.new_school, "ADM04"),
    form("/district/schools/{key}/close", schools_pages.close_school, "ADM04"),
    post("/district/schools/{key}/open", schools_pages.open_school, "ADM04"),
]

PEOPLE: list[Row] = [
    form("/{school}/me/account", people.me, "CLS16"),
    form("/{school}/me/shown", people.shown, "CLS09"),
    post("/{school}/me/sessions/end-others", people.end_other_sessions, "CLS14"),
    post("/{school}/me/sessions/{session}/end", people.end_session, "CLS14"),
    form("/{school}/me/pin", people.change_pin, "CLS16"),
    form("/{school}/me/prove", people.prove, "CLS16", cost=Cost.SIGN_IN),
    form("/{school}/me/prove/pictures", students.second_step, "CLS16", cost=Cost.SIGN_IN),
    form("/{school}/me/second-step", people.second_factor_page, "CLS16", name="people.second_factor"),
    post("/{school}/me/second-step/codes", people.renew_codes, "CLS16"),
    form("/{school}/me/second-step/without", people.give_up_factor, "CLS16"),
    form("/{school}/classes/{key}/door", desk.door, "CLS06"),
    post("/{school}/classes/{key}/door/close", desk.close_door, "CLS06"),
    page("/{school}/classes/{key}/sign-in", helping.class_sign_in, "CLS05"),
    post("/{school}/classes/{key}/sign-in/new", helping.new_secrets, "CLS05"),
    post("/{school}/classes/{key}/sign-in/cards", helping.print_cards, "CLS05", seconds=20),
    post("/{school}/classes/{key}/students/{student}/pictures", helping.new_pictures, "CLS05"),
    post("/{school}/classes/{key}/students/{student}/void-card", helping.void_card, "CLS05"),
    post("/{school}/classes/{key}/students/{student}/let-go", helping.let_student_go, "CLS05"),
    post("/{school}/classes/{key}/students/{student}/sign-out", helping.end_student_sessions, "CLS15"),
    form("/{school}/devices", access.enrolled_devices, "CLS06", name="people.devices"),
    post("/{school}/devices/forget", access.forget_device, "CLS06"),
    post("/{school}/devices/{device}/revoke", access.revoke_device, "CLS06"),
    page("/{school}/admin", person_pages.to_admin, "CLS10"),
    form("/{school}/admin/sign-in", access.sign_in_ways, "ADM01"),
    page("/{school}/admin/staff", access.staff_sign_in, "CLS10"),
    post("/{school}/admin/staff/{person}/link", access.make_link, "CLS10"),
    post("/{school}/admin/staff/{person}/second-step", access.take_back_factor, "CLS10"),
    post("/{school}/admin/staff/{person}/let-go", access.let_staff_go, "CLS10"),
    post("/{school}/admin/staff/{person}/sign-out", access.end_staff_sessions, "CLS15"),
    page("/{school}/admin/audit", desk.audit_log, "ADM03"),
    form("/{school}/admin/settings", desk.settings, "ADM01"),
    page("/{school}/admin/jobs", desk.background, "ADM01"),
]

OFFICE: list[Row] = [
    page("/{school}/admin/rosters", roster_pages.rosters, "CLS04"),
    form("/{school}/admin/rosters/new", roster_pages.new_roster, "CLS04", upload=True, seconds=45, cost=Cost.IMPORT),
    form("/{school}/admin/rosters/year", year_pages.new_year, "CLS02", seconds=45, cost=Cost.IMPORT),
    page("/{school}/admin/rosters/{key}", roster_pages.roster, "CLS04"),
    page("/{school}/admin/rosters/{key}/report.csv", roster_pages.roster_report, "CLS04", seconds=20, cost=Cost.EXPORT),
    post("/{school}/admin/rosters/{key}/apply", roster_pages.apply_roster, "CLS04", seconds=45, cost=Cost.IMPORT),
    post(
        "/{school}/admin/rosters/{key}/take-back", roster_pages.take_roster_back, "CLS04", seconds=45, cost=Cost.IMPORT
    ),
    post("/{school}/admin/rosters/{key}/give-up", roster_pages.give_up_roster, "CLS04", seconds=20),
    page("/{school}/admin/people", person_pages.people, "CLS10"),
    form("/{school}/admin/people/new-student", person_pages.new_student, "CLS04"),
    form("/{school}/admin/people/new-staff", person_pages.new_staff, "CLS10"),
    page("/{school}/admin/people/{key}", person_pages.person, "CLS10"),
    post("/{school}/admin/people/{key}/change", person_pages.change_student, "CLS08"),
    post("/{school}/admin/people/{key}/role", person_pages.give_role, "CLS10"),
    post("/{school}/admin/people/{key}/role/{role}/take", person_pages.take_role, "CLS13"),
    post("/{school}/admin/people/{key}/let-go", person_pages.let_go, "CLS13"),
    post("/{school}/admin/people/{key}/come-back", person_pages.come_back, "CLS10"),
    form("/{school}/admin/people/{key}/move", moving_pages.ask_move, "CLS17"),
    page("/{school}/admin/moves", moving_pages.moves, "CLS17"),
    post("/{school}/admin/moves/{key}/decide", moving_pages.decide_move, "CLS17"),
    post("/{school}/admin/moves/{key}/take-back", moving_pages.take_back_move, "CLS17"),
    page("/{school}/admin/classes", class_pages.all_classes, "CLS02"),
    form("/{school}/admin/classes/new", class_pages.new_class, "CLS02"),
    page("/{school}/admin/classes/{key}", class_pages.one_class, "CLS03"),
    form("/{school}/admin/classes/{key}/change", class_pages.edit_class, "CLS02"),
    post("/{school}/admin/classes/{key}/end", class_pages.end_class, "CLS02"),
    post("/{school}/admin/classes/{key}/put-in", class_pages.put_in, "CLS03"),
    post("/{school}/admin/classes/{key}/{person}/take-out", class_pages.take_out, "CLS03"),
    post("/{school}/admin/classes/{key}/{person}/back-in", class_pages.back_in, "CLS03"),
]

PRIVACY: list[Row] = [
    page("/{school}/privacy", privacy.privacy, OPEN),
    form("/{school}/me/record", privacy.own_record, "LOG08"),
    page("/{school}/me/record/{token}", privacy.own_record_file, "LOG08", seconds=60, cost=Cost.EXPORT),
    form("/{school}/me/erase", privacy.ask_to_be_erased, "LOG10"),
    form("/{school}/students/{student}/erase", privacy.ask_erasure, "LOG10"),
    page("/{school}/admin/audit.csv", desk.audit_csv, "ADM03", seconds=20, cost=Cost.EXPORT),
    form("/{school}/admin/privacy", privacy.kept_for, "ADM02"),
    page("/{school}/admin/privacy/register.csv", privacy.register_csv, "ADM02", seconds=20, cost=Cost.EXPORT),
    page("/{school}/admin/records", privacy.find_record, "LOG10"),
    form("/{school}/admin/records/{student}", privacy.show_record, "LOG10", seconds=60),
    post("/{school}/admin/records/{student}/refuse", privacy.refuse_erasure, "LOG10"),
    page("/{school}/glass", glass.glasses, "ADM06"),
    form("/{school}/glass/new", glass.ask_glass, "ADM05"),
    post("/{school}/glass/{key}/decide", glass.decide_glass, "ADM06"),
    post("/{school}/glass/{key}/close", glass.close_glass, "ADM05"),
    page("/{school}/glass/{key}/record.zip", glass.full_record, "LOG09", seconds=60, cost=Cost.EXPORT),
    page("/{school}/glass/{key}/titles", through_glass.glass_titles, "LOG05"),
    page("/{school}/glass/{key}/handed-in", handed_in.glass_handed_in, "LOG06"),
    page("/{school}/glass/{key}/names", through_glass.glass_names, "PRG11"),
]

ELSEWHERE: list[Row] = [
    page("/{school}/me/account/connect/{key}", oidc.connect, "CLS16", seconds=15),
    post("/{school}/me/account/disconnect/{key}", oidc.disconnect, "CLS16"),
    page("/{school}/admin/sign-in/elsewhere", elsewhere.providers, "CLS10"),
    form("/{school}/admin/sign-in/elsewhere/new", elsewhere.new_provider, "CLS10"),
    form("/{school}/admin/sign-in/elsewhere/{key}", elsewhere.provider, "CLS10"),
    page("/{school}/admin/sign-in/elsewhere/{key}/try", elsewhere.try_provider, "CLS10", seconds=15),
    post("/{school}/admin/sign-in/elsewhere/{key}/remove", elsewhere.remove_provider, "CLS10"),
]
