"""Every address of the service, one row each: path, handler, matrix id of SAFETY.md, section 2.

A row without a matrix id keeps the service from starting. Rows of the root stand first, because a school's pages
begin with any word; within a wing the narrower path stands first.
"""

from engage.classes import pages as classes
from engage.evaluation import pages as evaluation
from engage.lists import aligning_pages as aligning
from engage.lists import bench_pages as bench
from engage.lists import bulk_pages as bulk
from engage.lists import comments_pages as comments
from engage.lists import copying_pages as copying
from engage.lists import curating_pages as curating
from engage.lists import exchange_pages as exchange
from engage.lists import history_pages as history
from engage.lists import inbox_pages as inbox
from engage.lists import life_pages as life
from engage.lists import members_pages as members
from engage.lists import origin_pages as origins
from engage.lists import pages as lists
from engage.lists import pasting_pages as pasting
from engage.lists import resource_pages, source_pages
from engage.lists import smart_pages as smart
from engage.lists import standards_pages as standards
from engage.lists import suggestions_pages as suggestions
from engage.people import desk_pages as desk
from engage.people import pages as people
from engage.programs import log_pages
from engage.programs import pages as programs
from engage.programs import running_pages as running
from engage.promotion import (
    catalogues,
    embedding,
    exports,
    marc_out,
    outgoing,
    paper_pages,
    references,
    slide_pages,
    subscribing,
)
from engage.promotion import pages as promotion
from engage.resources import catalogue_pages as catalogue
from engage.resources import doubles_pages as doubles
from engage.resources import import_pages as imports
from engage.resources import link_pages as links
from engage.resources import muting_pages as muting
from engage.resources import notes_pages as notes
from engage.resources import opml_pages as opml
from engage.resources import pages as resources
from engage.resources import picture_pages as pictures
from engage.resources import requests_pages as requests
from engage.resources import sources_pages as sources
from engage.resources import webpage_pages as webpage
from engage.web import assets, house
from engage.web.routing import OPEN, Row, form, page, post

ROOT: list[Row] = [
    page("/static/{path:path}", assets.show, OPEN, name="static", reserved=True),
    page("/healthz", house.healthz, OPEN, reserved=True),
    page("/readyz", house.readyz, OPEN, reserved=True),
    page("/robots.txt", house.robots, OPEN, reserved=True),
    page("/oembed", embedding.oembed, OPEN),
    post("/theme", house.theme, OPEN),
    page("/l/{key}", paper_pages.short, OPEN),
]

SIGNING_IN: list[Row] = [
    page("/", people.start, OPEN),
    form("/sign-in", people.sign_in_staff, OPEN, name="people.sign_in"),
    form("/sign-in/class", people.sign_in_class, OPEN),
    page("/sign-in/class/{code}", people.sign_in_tiles, OPEN),
    form("/sign-in/class/{code}/{key}", people.sign_in_picture, OPEN),
    post("/sign-out", people.sign_out, OPEN, reserved=True),
]

PEOPLE: list[Row] = [
    form("/{school}/me/account", people.me, "CLS16"),
    post("/{school}/me/sessions/{session}/end", people.end_session, "CLS14"),
    page("/{school}/what-we-keep", people.kept, OPEN),
    form("/{school}/classes/{key}/door", desk.door, "CLS06"),
    post("/{school}/classes/{key}/door/close", desk.close_door, "CLS06"),
    post("/{school}/classes/{key}/students/{student}/pictures", desk.new_pictures, "CLS05"),
    page("/{school}/admin/audit", desk.audit_log, "ADM03"),
    form("/{school}/admin/settings", desk.settings, "ADM01"),
]

RESOURCES: list[Row] = [
    page("/{school}/search/as-you-type", resources.as_you_type, "LST01"),
    page("/{school}/search", resources.search, "LST01"),
    page("/{school}/resources/{key}", resource_pages.show, "LST01", name="resources.show"),
    page("/{school}/resources/{key}/out", resources.leave, "LST01"),
    page("/{school}/covers/{key}-{width}.webp", pictures.picture, "LST01"),
    page("/{school}/covers/{key}-{width}.jpg", pictures.picture_as_jpeg, "LST01"),
    page("/{school}/covers/{look}.png", pictures.plain_picture, "LST01"),
    form("/{school}/curate/resources/{key}/picture", pictures.choose_picture, "FED05", upload=True, seconds=20),
    post("/{school}/curate/resources/{key}/picture/draw", pictures.draw_picture, "FED05"),
    post("/{school}/curate/resources/{key}/picture/look", pictures.look_for_picture, "FED05"),
    page("/{school}/requests", requests.asked_by_me, "LST11"),
    form("/{school}/requests/new", requests.ask, "LST11"),
    post("/{school}/requests/{key}/take-back", requests.take_request_back, "LST11"),
    page("/{school}/curate/requests", requests.to_answer, "LST11"),
    form("/{school}/curate/requests/{key}", requests.answer_request, "LST11"),
    page("/{school}/curate/resources", catalogue.catalogue, "FED05"),
    form("/{school}/curate/resources/new", catalogue.new, "FED05"),
    form("/{school}/curate/resources/{key}/edit", catalogue.edit, "FED05"),
    post("/{school}/curate/resources/{key}/offer", catalogue.offer, "FED05"),
    form("/{school}/curate/resources/{key}/note", notes.note, "FED05"),
    page("/{school}/curate/doubles", doubles.all_doubles, "FED05"),
    page("/{school}/curate/resources/{key}/twice", doubles.choose_double, "FED05"),
    form("/{school}/curate/resources/{key}/twice/{other}", doubles.merge, "FED05"),
    form("/{school}/curate/page", webpage.web_page, "FED05", seconds=45),
    form("/{school}/curate/page/keep", webpage.keep_web_page, "FED05"),
    page("/{school}/curate/links", links.links, "FED05"),
    post("/{school}/curate/links/move", links.move_links, "FED05"),
    form("/{school}/curate/links/{key}", links.link, "FED05"),
    post("/{school}/curate/links/{key}/mend", links.mend_link, "FED05"),
    page("/{school}/curate/imports", imports.imports, "FED05"),
    form("/{school}/curate/imports/new", imports.new_import, "FED05", upload=True, seconds=20),
    page("/{school}/curate/imports/{key}", imports.import_, "FED05"),
    form("/{school}/curate/imports/{key}/columns", imports.columns, "FED05"),
    form("/{school}/curate/imports/{key}/copies", imports.copies, "FED05", seconds=20),
    page("/{school}/curate/imports/{key}/report.csv", imports.report, "FED05", seconds=20),
    post("/{school}/curate/imports/{key}/start", imports.go_ahead, "FED05"),
    post("/{school}/curate/imports/{key}/go-on", imports.go_on, "FED05"),
    post("/{school}/curate/imports/{key}/take-back", imports.take_back, "FED05"),
    page("/{school}/curate/sources", sources.index, "FED03", name="resources.sources"),
    form("/{school}/curate/sources/new", sources.new, "FED01", name="resources.new_source", seconds=45),
    page("/{school}/curate/sources.opml", opml.ours, "FED03", name="resources.opml"),
    form(
        "/{school}/curate/sources/suggested",
        opml.suggestions,
        "FED05",
        name="resources.suggestions",
        upload=True,
        seconds=45,
    ),
    post("/{school}/curate/sources/suggested/decide", opml.decide, "FED01", name="resources.decide_suggestions"),
    form("/{school}/curate/inbox/words", muting.rules, "FED01", name="resources.mute_rules"),
    post("/{school}/curate/inbox/words/{key}/take-away", muting.take_away, "FED01", name="resources.unmute"),
    post("/{school}/curate/sources/now", sources.fetch_now, "FED02", name="resources.fetch_all"),
    page("/{school}/curate/sources/{key}", source_pages.show, "FED03", name="resources.source"),
    post("/{school}/curate/sources/{key}/change", source_pages.change, "FED01", name="resources.change_source"),
    post("/{school}/curate/sources/{key}/now", sources.fetch_now, "FED02", name="resources.fetch_one"),
    post("/{school}/curate/sources/{key}/pause", sources.pause, "FED01", name="resources.pause_source"),
    post("/{school}/curate/sources/{key}/remove", sources.remove, "FED01", name="resources.remove_source"),
    post("/{school}/curate/sources/{key}/go-on", sources.go_on, "FED01", name="resources.go_on_with_source"),
]

WAYS_OUT: list[Row] = [
    page("/{school}/opds2", catalogues.opds2_root, "LST01"),
    page("/{school}/opds2/lists", catalogues.opds2_lists, "LST01"),
    page("/{school}/opds2/search", catalogues.opds2_search, "LST01"),
    page("/{school}/opds2/resources/{key}", catalogues.opds2_resource, "LST01"),
    page("/{school}/opds", catalogues.opds_root, "LST01"),
    page("/{school}/opds/lists", catalogues.opds_lists, "LST01"),
    page("/{school}/opds/search", catalogues.opds_search, "LST01"),
    page("/{school}/opds/search.xml", catalogues.opds_how_to_search, "LST01"),
    page("/{school}/lists.opml", subscribing.lists_opml, "LST01"),
    page("/{school}/lists.ics", subscribing.lists_ics, "LST01"),
    page("/{school}/lists/{slug}.opds2", catalogues.opds2_list, "LST01"),
    page("/{school}/lists/{slug}.opds", catalogues.opds_list, "LST01"),
    page("/{school}/lists/{slug}.csv", exports.list_csv, "LST14", seconds=20),
    page("/{school}/lists/{slug}.xlsx", exports.list_xlsx, "LST14", seconds=20),
    page("/{school}/lists/{slug}.ris", references.list_ris, "LST14", seconds=20),
    page("/{school}/lists/{slug}.bib", references.list_bib, "LST14", seconds=20),
    page("/{school}/lists/{slug}.mrc", marc_out.list_marc, "LST14", seconds=20),
    page("/{school}/lists/{slug}/data.json", exports.list_data, "LST14", seconds=20),
    page("/{school}/lists/{slug}/csl.json", references.list_csl, "LST14", seconds=20),
    page("/{school}/lists/{slug}/cite", references.cite, "LST14", seconds=20),
    page("/{school}/lists/{slug}/cite.txt", references.citations, "LST14", seconds=20),
    page("/{school}/lists/{slug}/embed", embedding.embed, "LST01", framed=True),
    page("/{school}/lists/{slug}/take-along", embedding.take_along, "LST01"),
]

LISTS: list[Row] = [
    page("/{school}/lists", lists.index, "LST01"),
    page("/{school}/lists.rss", outgoing.lists_rss, "LST01"),
    page("/{school}/lists.atom", outgoing.lists_atom, "LST01"),
    page("/{school}/lists.json", outgoing.lists_json, "LST01"),
    page("/{school}/lists/{slug}.rss", outgoing.list_rss, "LST01"),
    page("/{school}/lists/{slug}.atom", outgoing.list_atom, "LST01"),
    page("/{school}/lists/{slug}.json", outgoing.list_json, "LST01"),
    *WAYS_OUT,
    page("/{school}/lists/{slug}/print", lists.on_paper, "LST01"),
    form("/{school}/lists/{slug}/copy", copying.copy, "LST10"),
    page("/{school}/lists/{slug}/paper", paper_pages.papers, "LST01"),
    page("/{school}/lists/{slug}/poster.pdf", paper_pages.poster, "LST01", seconds=20),
    page("/{school}/lists/{slug}/shelf-talkers.pdf", paper_pages.shelf_talkers, "LST01", seconds=20),
    page("/{school}/lists/{slug}/bookmarks.pdf", paper_pages.bookmarks, "LST01", seconds=20),
    page("/{school}/lists/{slug}/card.png", paper_pages.card, "LST01", seconds=20),
    page("/{school}/lists/{slug}/qr.svg", paper_pages.qr, "LST01"),
    page("/{school}/lists/{slug}/slides", slide_pages.slides, "LST01"),
    form("/{school}/lists/{slug}/suggest", suggestions.suggest, "LST11"),
    page("/{school}/me/suggestions", suggestions.my_suggestions, "LST11"),
    post("/{school}/me/suggestions/{suggestion}/take-back", suggestions.take_suggestion_back, "LST11"),
    page("/{school}/lists/{slug}", lists.show, "LST01"),
    form("/{school}/curate/inbox", inbox.inbox, "FED04", name="resources.inbox", seconds=30),
    post("/{school}/curate/inbox/undo", inbox.undo, "FED04", name="resources.undo_inbox", seconds=30),
    form("/{school}/curate/inbox/changed", inbox.proposals, "FED04", name="resources.proposals"),
    page("/{school}/curate/lists", curating.curate, "LST06"),
    page("/{school}/offered", exchange.offered, "LST01"),
    page("/{school}/offered.json", exchange.offered_json, "LST01"),
    form("/{school}/curate/lists/from-others", exchange.from_others, "LST05", seconds=45),
    page("/{school}/curate/lists/templates", copying.templates, "LST05"),
    form("/{school}/curate/lists/new", curating.new, "LST05"),
    form("/{school}/curate/lists/keep-search", smart.keep_search, "LST05"),
    form("/{school}/curate/lists/add/{resource}", curating.put_on, "LST06"),
    page("/{school}/curate/lists/{key}", bench.edit, "LST06"),
    page("/{school}/curate/lists/{key}/hits", bench.hits, "LST06"),
    post("/{school}/curate/lists/{key}/notes", bench.keep_notes, "LST06"),
    post("/{school}/curate/lists/{key}/notes/saved", bulk.save_notes, "LST06"),
    post("/{school}/curate/lists/{key}/bulk", bulk.bulk, "LST06"),
    form("/{school}/curate/lists/{key}/paste", pasting.paste, "LST06"),
    post("/{school}/curate/lists/{key}/items", bench.add_item, "LST06"),
    post("/{school}/curate/lists/{key}/items/{item}/move", bench.move_item, "LST06"),
    post("/{school}/curate/lists/{key}/items/{item}/start", bench.mark_start, "LST06"),
    post("/{school}/curate/lists/{key}/items/{item}/remove", bench.remove_item, "LST06"),
    post("/{school}/curate/lists/{key}/put-back/{number}", bench.put_back, "LST06"),
    form("/{school}/curate/lists/{key}/words", curating.words, "LST06"),
    form("/{school}/curate/lists/{key}/parts", curating.parts, "LST06"),
    post("/{school}/curate/lists/{key}/parts/{part}", curating.change_part, "LST06"),
    form("/{school}/curate/lists/{key}/refill", smart.refill, "LST06"),
    page("/{school}/curate/lists/{key}/origin", origins.origin, "LST06"),
    post("/{school}/curate/lists/{key}/origin/look", origins.look_at_origin, "LST06", seconds=45),
    post("/{school}/curate/lists/{key}/origin/unlink", origins.unlink, "LST06"),
    post("/{school}/curate/lists/{key}/origin/changes", origins.decide_changes, "LST06"),
    post("/{school}/curate/lists/{key}/origin/missing", origins.settle_missing, "LST06"),
    post("/{school}/curate/lists/{key}/offer", exchange.offer, "LST08"),
    post("/{school}/curate/lists/{key}/refill/now", smart.refill_now, "LST06"),
    post("/{school}/curate/lists/{key}/refill/stop", smart.stop_refilling, "LST06"),
    post("/{school}/curate/lists/{key}/items/{item}/pin", smart.pin, "LST06"),
    post("/{school}/curate/lists/{key}/items/{item}/leave-out", smart.leave_out, "LST06"),
    post("/{school}/curate/lists/{key}/left-out/{resource}/let-in", smart.let_in, "LST06"),
    post("/{school}/curate/lists/{key}/template", copying.template, "LST06"),
    post("/{school}/curate/lists/{key}/poster", bench.change_poster, "LST06"),
    post("/{school}/curate/lists/{key}/publish", life.publish, "LST07"),
    post("/{school}/curate/lists/{key}/audience", life.audience, "LST07"),
    post("/{school}/curate/lists/{key}/withdraw", life.withdraw, "LST09"),
    post("/{school}/curate/lists/{key}/unschedule", life.unschedule, "LST06"),
    post("/{school}/curate/lists/{key}/archive", life.archive, "LST09"),
    form("/{school}/curate/lists/{key}/delete", life.delete, "LST09"),
    form("/{school}/curate/lists/{key}/people", members.show_members, "LST06", name="lists.members"),
    post("/{school}/curate/lists/{key}/people/{person}", members.change_member, "LST06"),
    post("/{school}/curate/lists/{key}/hand-over", members.hand_over, "LST06"),
    post("/{school}/curate/lists/{key}/take-over", members.take_over, "LST06"),
    page("/{school}/curate/lists/{key}/suggestions", suggestions.to_decide, "LST06", name="lists.suggestions"),
    form("/{school}/curate/lists/{key}/suggestions/{suggestion}", suggestions.decide, "LST06"),
    form("/{school}/curate/lists/{key}/comments", comments.show_comments, "LST06", name="lists.comments"),
    post("/{school}/curate/lists/{key}/comments/{comment}", comments.change_comment, "LST06"),
    page("/{school}/curate/lists/{key}/history", history.show_history, "LST13", name="lists.history"),
    page("/{school}/curate/lists/{key}/history/{number}", history.compare_changes, "LST06", name="lists.compare"),
    post("/{school}/curate/lists/{key}/history/{number}/restore", history.restore, "LST06"),
    post("/{school}/curate/lists/{key}/history/{number}/items/{item}", history.restore_item, "LST06"),
    post("/{school}/curate/lists/{key}/looked-through", curating.look_through, "LST06"),
]

STANDARDS: list[Row] = [
    page("/{school}/standards", standards.frameworks, "LST01"),
    page("/{school}/standards/{key}", standards.framework, "LST01"),
    page("/{school}/standards/{key}/coverage", standards.coverage, "REP03"),
    page("/{school}/standards/{key}/coverage.csv", standards.coverage_csv, "REP03", seconds=20),
    page("/{school}/standards/{key}/unused", standards.unused, "REP03"),
    form("/{school}/curate/standards", aligning.bring_standards, "FED05", upload=True, seconds=45),
    form("/{school}/curate/standards/{file}", aligning.look_at_standards, "FED05", seconds=45),
    form("/{school}/curate/lists/{key}/standards", aligning.align, "LST06"),
    form("/{school}/curate/resources/{key}/standards", aligning.align_thing, "LST06"),
]

PROGRAMS: list[Row] = [
    page("/{school}/programs", programs.index, "PRG02"),
    page("/{school}/programs/{slug}", programs.show, "PRG02"),
    form("/{school}/programs/{slug}/join", programs.join, "PRG03"),
    post("/{school}/programs/{slug}/leave", programs.leave, "PRG03"),
    form("/{school}/programs/{slug}/log", programs.log_here, "LOG01"),
    page("/{school}/me", log_pages.me, "LOG07"),
    page("/{school}/me/log", log_pages.log, "LOG07"),
    form("/{school}/me/log/new", log_pages.add, "LOG01"),
    form("/{school}/me/log/{key}", log_pages.correct, "LOG03"),
    post("/{school}/me/log/{key}/remove", log_pages.remove, "LOG03"),
    post("/{school}/me/log/{key}/restore", log_pages.restore, "LOG03"),
    page("/{school}/me/shelf", log_pages.shelf, "LOG07"),
    page("/{school}/me/calendar", log_pages.calendar, "LOG07"),
    post("/{school}/resources/{key}/save", log_pages.save, "LOG01"),
    post("/{school}/resources/{key}/finish", log_pages.finish, "LOG01"),
    page("/{school}/curate/programs", running.desk, "PRG01"),
    form("/{school}/curate/programs/new", running.new, "PRG01"),
    page("/{school}/curate/programs/{key}", running.edit, "PRG01"),
    form("/{school}/curate/programs/{key}/settings", running.settings, "PRG01"),
    form("/{school}/curate/programs/{key}/challenges/new", running.add_challenge, "PRG01"),
    form("/{school}/curate/programs/{key}/challenges/{challenge}", running.change_challenge, "PRG01"),
    post("/{school}/curate/programs/{key}/challenges/{challenge}/drop", running.drop_challenge, "PRG01"),
    form("/{school}/curate/programs/{key}/badges/new", running.add_badge, "PRG01"),
    form("/{school}/curate/programs/{key}/badges/{badge}", running.change_badge, "PRG01"),
    post("/{school}/curate/programs/{key}/badges/{badge}/drop", running.drop_badge, "PRG01"),
    post("/{school}/curate/programs/{key}/publish", running.publish, "PRG01"),
    post("/{school}/curate/programs/{key}/put-away", running.put_away, "PRG01"),
]

CLASSES: list[Row] = [
    page("/{school}/classes", classes.index, "CLS01"),
    form("/{school}/assign", classes.assign, "LST12"),
    page("/{school}/classes/{key}", classes.show, "REP01"),
    page("/{school}/classes/{key}/progress.csv", classes.progress, "REP01", seconds=20),
    page("/{school}/classes/{key}/assignments/{assignment}", classes.assignment, "REP01"),
    post("/{school}/classes/{key}/assignments/{assignment}/withdraw", classes.withdraw, "LST12"),
    post("/{school}/classes/{key}/assignments/{assignment}/ask-again", classes.ask_again, "LST12"),
]

PROMOTION: list[Row] = [
    page("/{school}/", promotion.home, "LST01"),
    form("/{school}/curate/displays", promotion.index, "LST06"),
    post("/{school}/curate/displays/{key}/take-off", promotion.take_off, "LST06"),
]

EVALUATION: list[Row] = [
    page("/{school}/evaluation", evaluation.index, "REP02"),
    post("/{school}/evaluation/start", evaluation.start, "REP06"),
    page("/{school}/evaluation/how-we-measure", evaluation.indicators, "REP02"),
    page("/{school}/evaluation/{cycle}", evaluation.show, "REP02"),
    page("/{school}/evaluation/{cycle}/report", evaluation.report, "REP02"),
    page("/{school}/evaluation/{cycle}/report.csv", evaluation.report_csv, "REP02", seconds=20),
    page("/{school}/evaluation/{cycle}/report.json", evaluation.report_json, "REP02", seconds=20),
    post("/{school}/evaluation/{cycle}/freeze", evaluation.freeze, "REP06"),
    post("/{school}/evaluation/{cycle}/close", evaluation.close, "REP06"),
    page("/{school}/evaluation/{cycle}/frozen/{key}", evaluation.frozen, "REP02"),
    page("/{school}/evaluation/{cycle}/criteria/{code}", evaluation.criterion, "REP02"),
    post("/{school}/evaluation/{cycle}/criteria/{code}/rating", evaluation.rate, "REP06"),
    form("/{school}/evaluation/{cycle}/objectives/new", evaluation.new, "REP06"),
    form("/{school}/evaluation/{cycle}/objectives/{key}", evaluation.edit, "REP06"),
]

ROWS: list[Row] = [
    *ROOT,
    *SIGNING_IN,
    *PEOPLE,
    *RESOURCES,
    *LISTS,
    *STANDARDS,
    *PROGRAMS,
    *CLASSES,
    *PROMOTION,
    *EVALUATION,
]
