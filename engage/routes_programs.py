"""The addresses of programs and of what a student keeps, one row each; engage.routes puts them in place."""

from engage.programs import activity_pages as doing
from engage.programs import badge_pages as badges
from engage.programs import batch_pages as batches
from engage.programs import board_pages as boards
from engage.programs import challenge_pages as challenges
from engage.programs import days_off_pages, log_pages, matching_pages, offline_pages, own_pages, preview_pages
from engage.programs import drawing_pages as drawings
from engage.programs import flag_pages as flags
from engage.programs import handing_pages as handing
from engage.programs import message_pages as messages
from engage.programs import number_pages as numbers
from engage.programs import pages as programs
from engage.programs import participants_pages as participants
from engage.programs import recognition_pages as recognition
from engage.programs import review_pages as reviews
from engage.programs import running_pages as running
from engage.programs import team_pages as teams
from engage.web.limits import Cost
from engage.web.routing import OPEN, Row, form, page, post

PROGRAMS: list[Row] = [
    page("/{school}/programs", programs.index, "PRG02"),
    page("/{school}/programs/{slug}", programs.show, "PRG02"),
    form("/{school}/programs/{slug}/join", programs.join, "PRG03"),
    post("/{school}/programs/{slug}/leave", programs.leave, "PRG03"),
    form("/{school}/programs/{slug}/log", programs.log_here, "LOG01"),
    page("/{school}/programs/{slug}/challenges/{key}", doing.challenge, "PRG02"),
    form("/{school}/programs/{slug}/challenges/{key}/do", doing.do, "LOG01"),
    form("/{school}/programs/{slug}/challenges/{key}/goal", doing.set_goal, "LOG01"),
    post("/{school}/programs/{slug}/challenges/{key}/done/{done}/undo", doing.undo_activity, "LOG03"),
    form("/{school}/classes/{key}/log", batches.log_for_class, "LOG02"),
    form("/{school}/classes/{key}/log/{student}", batches.log_for_one, "LOG02"),
    form("/{school}/classes/{key}/paper", batches.sheets, "LOG02"),
    page("/{school}/classes/{key}/paper/print", batches.sheets_print, "LOG02"),
    page("/{school}/classes/{key}/paper/sheets.pdf", batches.sheets_pdf, "LOG02", seconds=20),
    form("/{school}/batches/paper", batches.enter_sheets, "LOG02", seconds=20),
    page("/{school}/batches", batches.all_batches, "LOG02", name="programs.batches"),
    post("/{school}/batches/{key}/undo", batches.undo_batch, "LOG04", seconds=20),
    form("/{school}/curate/typed-titles", matching_pages.typed_titles, "FED05"),
    page("/{school}/me/log/outbox", offline_pages.outbox, "LOG01"),
    post("/{school}/me/log/send", offline_pages.take_in, "LOG01"),
    page("/{school}/me", log_pages.me, "LOG07"),
    page("/{school}/me/log", log_pages.log, "LOG07"),
    form("/{school}/me/log/new", log_pages.add, "LOG01"),
    form("/{school}/me/log/{key}", log_pages.correct, "LOG03"),
    post("/{school}/me/log/{key}/remove", log_pages.remove, "LOG03"),
    post("/{school}/me/log/{key}/restore", log_pages.restore, "LOG03"),
    page("/{school}/me/shelf", log_pages.shelf, "LOG07"),
    page("/{school}/me/year", own_pages.year, "LOG07"),
    form("/{school}/me/family", own_pages.families, "LOG07"),
    post("/{school}/me/family/{key}/end", own_pages.end_family, "LOG07"),
    page("/{school}/family/{token}", own_pages.for_family, OPEN),
    post("/{school}/resources/{key}/away", own_pages.send_away, "LOG07"),
    page("/{school}/me/reviews", reviews.my_reviews, "REV01"),
    form("/{school}/resources/{key}/review", reviews.write, "REV01", name="programs.write_review"),
    post("/{school}/reviews/{key}/withdraw", reviews.withdraw, "REV06", name="programs.withdraw_review"),
    post("/{school}/reviews/{key}/report", reviews.report, "REV05", name="programs.report_review"),
    page("/{school}/curate/reviews", reviews.reviews, "REV04"),
    post("/{school}/curate/reviews/{key}/decide", reviews.decide, "REV04", name="programs.decide_review"),
    post("/{school}/curate/reviews/{key}/public", reviews.publish, "REV04", name="programs.publish_review"),
    page("/{school}/me/calendar", log_pages.calendar, "LOG07"),
    post("/{school}/resources/{key}/save", log_pages.save, "LOG01"),
    post("/{school}/resources/{key}/finish", log_pages.finish, "LOG01"),
]

RUNNING: list[Row] = [
    page("/{school}/curate/programs", running.desk, "PRG01"),
    page("/{school}/curate/programs/new", running.new, "PRG01"),
    form("/{school}/curate/programs/start", running.start, "PRG01"),
    page("/{school}/curate/programs/{key}", running.edit, "PRG01"),
    form("/{school}/curate/programs/{key}/settings", running.settings, "PRG01", seconds=20),
    form("/{school}/curate/programs/{key}/copy", running.copy, "PRG01"),
    form("/{school}/curate/programs/{key}/challenges/new", challenges.add_challenge, "PRG01", seconds=20),
    form("/{school}/curate/programs/{key}/challenges/{challenge}", challenges.change_challenge, "PRG01", seconds=20),
    post("/{school}/curate/programs/{key}/challenges/{challenge}/drop", challenges.drop_challenge, "PRG01", seconds=20),
    form("/{school}/curate/programs/{key}/challenges/{challenge}/things/new", challenges.add_activity, "PRG01"),
    form(
        "/{school}/curate/programs/{key}/challenges/{challenge}/things/{activity}", challenges.change_activity, "PRG01"
    ),
    page(
        "/{school}/curate/programs/{key}/challenges/{challenge}/things/{activity}/answers", challenges.answers, "PRG06"
    ),
    post(
        "/{school}/curate/programs/{key}/challenges/{challenge}/things/{activity}/drop",
        challenges.drop_activity,
        "PRG01",
    ),
    form("/{school}/curate/programs/{key}/badges/new", badges.add_badge, "PRG01", seconds=20),
    form("/{school}/curate/programs/{key}/badges/{badge}", badges.change_badge, "PRG01", seconds=20),
    post("/{school}/curate/programs/{key}/badges/{badge}/drop", badges.drop_badge, "PRG01", seconds=20),
    post("/{school}/curate/programs/{key}/publish", running.publish, "PRG01"),
    post("/{school}/curate/programs/{key}/put-away", running.put_away, "PRG01"),
    post("/{school}/curate/programs/{key}/end", running.end, "PRG01", seconds=20),
    post("/{school}/curate/programs/{key}/reopen", running.reopen, "PRG01"),
    post("/{school}/curate/programs/{key}/take-over", running.take_over, "PRG01"),
    page("/{school}/curate/programs/{key}/preview", preview_pages.preview, "PRG01"),
    page("/{school}/curate/programs/{key}/people", participants.participants, "PRG05"),
    form("/{school}/curate/programs/{key}/people/enrol", participants.enrol, "PRG04"),
    page("/{school}/curate/programs/{key}/people/{student}", participants.participant, "PRG06"),
    post(
        "/{school}/curate/programs/{key}/people/{student}/take-out",
        participants.remove,
        "PRG04",
        name="programs.take_out",
    ),
    post("/{school}/curate/programs/{key}/people/{student}/badge", participants.give_badge, "PRG07"),
    post("/{school}/curate/programs/{key}/people/{student}/badges/{badge}/back", participants.take_badge_back, "PRG07"),
    post("/{school}/curate/programs/{key}/people/{student}/entries/{entry}/void", participants.void_entry, "LOG04"),
    page("/{school}/curate/programs/{key}/numbers", numbers.numbers, "REP02", cost=Cost.REPORT),
    page("/{school}/curate/programs/{key}/numbers.csv", numbers.numbers_file, "REP02", seconds=20, cost=Cost.REPORT),
    form("/{school}/curate/programs/{key}/messages", messages.messages, "PRG01"),
    post("/{school}/curate/programs/{key}/messages/{message}/withdraw", messages.withdraw_message, "PRG01"),
    page("/{school}/curate/flagged", flags.flagged, "LOG04"),
    post("/{school}/curate/flagged/{entry}/looked", flags.look_at_entry, "LOG04"),
    post("/{school}/curate/flagged/{entry}/void", flags.void_flagged, "LOG04"),
    form("/{school}/admin/calendar", days_off_pages.school_days, "ADM01", seconds=20),
    post("/{school}/admin/calendar/take-out", days_off_pages.open_days, "ADM01", seconds=20),
]

RECOGNITION: list[Row] = [
    page("/{school}/programs/{slug}/hand-out", handing.hand_out, "PRG07"),
    post("/{school}/programs/{slug}/hand-out/{prize}/{person}", handing.hand_over, "PRG07"),
    post("/{school}/programs/{slug}/handed-out/{delivery}/take-back", handing.undo_delivery, "PRG07"),
    form("/{school}/programs/{slug}/certificates", handing.print_certificates, "PRG07", seconds=20),
    page("/{school}/programs/{slug}/certificate.pdf", handing.certificate, "LOG07", seconds=20),
    page("/{school}/programs/{slug}/drawings/{drawing}", drawings.drawing, "PRG02"),
    page("/{school}/programs/{slug}/teams", teams.teams, "PRG02"),
    page("/{school}/programs/{slug}/board", boards.board, "PRG10"),
    form("/{school}/programs/{slug}/board/join", boards.join_board, "PRG09"),
    post("/{school}/programs/{slug}/board/leave", boards.leave_board, "PRG09"),
    page("/{school}/curate/programs/{key}/recognition", recognition.recognition, "PRG01"),
    form("/{school}/curate/programs/{key}/prizes/new", recognition.new_prize, "PRG01"),
    form("/{school}/curate/programs/{key}/prizes/{prize}", recognition.change_prize, "PRG01"),
    post("/{school}/curate/programs/{key}/prizes/{prize}/drop", recognition.drop_prize, "PRG01"),
    form("/{school}/curate/programs/{key}/drawings/new", drawings.new_drawing, "PRG01"),
    page("/{school}/curate/programs/{key}/drawings/{drawing}", drawings.drawing_desk, "PRG01"),
    post("/{school}/curate/programs/{key}/drawings/{drawing}/freeze", drawings.freeze_drawing, "PRG01"),
    post("/{school}/curate/programs/{key}/drawings/{drawing}/draw", drawings.draw_drawing, "PRG01"),
    post("/{school}/curate/programs/{key}/drawings/{drawing}/drop", drawings.drop_drawing, "PRG01"),
    form("/{school}/curate/programs/{key}/drawings/{drawing}/again", drawings.draw_again, "PRG01"),
    form("/{school}/curate/programs/{key}/teams", teams.team_desk, "PRG01"),
    post("/{school}/curate/programs/{key}/teams/classes", teams.classes_as_teams, "PRG01"),
    form("/{school}/curate/programs/{key}/teams/{team}", teams.team_members, "PRG04"),
    post("/{school}/curate/programs/{key}/teams/{team}/end", teams.end_team, "PRG01"),
    post("/{school}/curate/programs/{key}/board", boards.switch_board, "PRG08"),
]
