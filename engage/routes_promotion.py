"""The addresses of promotion, one row each; engage.routes puts them in place."""

from engage.promotion import announcement_pages as announcements
from engage.promotion import booktalk_pages as booktalks
from engage.promotion import digest_pages as digests
from engage.promotion import display_pages as displays
from engage.promotion import flyer_pages, going_pages, loan_pages, screen_pages, widget_pages, worked_pages
from engage.promotion import pages as promotion
from engage.web.limits import Cost
from engage.web.routing import OPEN, Row, form, page, post

GOING: list[Row] = [
    page("/go/{key}", going_pages.go, OPEN),
    form("/newsletter/leave/{token}", digests.leave, OPEN),
]

PROMOTION: list[Row] = [
    page("/{school}/", promotion.home, "LST01"),
    page("/{school}/screen", screen_pages.screen, "LST01", seconds=20),
    page("/{school}/shelf/embed", widget_pages.shelf_embed, "LST01", framed=True),
    page("/{school}/displays/embed", widget_pages.display_embed, "LST01", framed=True),
    page("/{school}/programs/{slug}/flyer.pdf", flyer_pages.flyer, "PRG02", seconds=20),
    page("/{school}/booktalks/{key}/out", booktalks.leave_for_talk, "LST01"),
    form("/{school}/newsletter", digests.subscribe, "LST02"),
    form("/{school}/curate/displays", displays.index, "LST06"),
    page("/{school}/curate/displays/worked", worked_pages.worked, "REP03", cost=Cost.REPORT),
    page("/{school}/curate/displays/worked.csv", worked_pages.worked_csv, "REP03", seconds=20, cost=Cost.REPORT),
    page("/{school}/curate/displays/frames", widget_pages.shelf_frames, "LST06"),
    page("/{school}/curate/displays/{key}/sign.pdf", displays.sign, "LST06", seconds=20),
    post("/{school}/curate/displays/{key}/extend", displays.extend, "LST06"),
    post("/{school}/curate/displays/{key}/end", displays.end, "LST06"),
    post("/{school}/curate/displays/{key}/again", displays.repeat, "LST06"),
    post("/{school}/curate/displays/{key}/take-off", displays.take_off, "LST06"),
    form("/{school}/curate/announcements", announcements.announcements, "LST08"),
    post("/{school}/curate/announcements/{key}/withdraw", announcements.withdraw, "LST08"),
    form("/{school}/curate/resources/{key}/booktalk", booktalks.give_talk, "FED05"),
    post("/{school}/curate/booktalks/{key}/take-back", booktalks.take_talk_back, "FED05"),
    form("/{school}/curate/newsletter", digests.digest, "LST08"),
    form("/{school}/curate/newsletter/{key}", digests.sent, "LST08"),
    form("/{school}/curate/loans", loan_pages.loans, "FED05", upload=True, seconds=30, cost=Cost.IMPORT),
    form("/{school}/curate/loans/{key}", loan_pages.loan_file, "FED05", seconds=30, cost=Cost.IMPORT),
    page("/{school}/curate/loans/{key}/report.csv", loan_pages.loan_report, "FED05", seconds=20, cost=Cost.EXPORT),
    post("/{school}/curate/loans/{key}/take-back", loan_pages.take_loans_back, "FED05"),
]
