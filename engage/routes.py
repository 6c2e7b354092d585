"""Every address of the service, one row each: path, handler, matrix id of SAFETY.md, section 2.

A row without a matrix id keeps the service from starting. Rows of the root stand first, because a school's pages
begin with any word; within a wing the narrower path stands first.
"""

from engage.api import API
from engage.classes import asked_pages as asked
from engage.classes import assign_pages as assigning
from engage.classes import calendar_pages as calendars
from engage.classes import group_pages as groups
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
from engage.lists import import_pages as importing
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
from engage.programs import offline_pages
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
from engage.routes_classes import INQUIRIES, PLANNING
from engage.routes_cycles import CYCLES, FRAMEWORKS, SURVEYS
from engage.routes_figures import FIGURES
from engage.routes_lti import COURSES, PLATFORMS
from engage.routes_people import DISTRICT, ELSEWHERE, OFFICE, PEOPLE, PRIVACY, SIGNING_IN
from engage.routes_programs import PROGRAMS, RECOGNITION, RUNNING
from engage.routes_promotion import GOING, PROMOTION
from engage.routes_statements import OUTSIDE
from engage.web import assets, house
from engage.web.limits import Cost
from engage.web.routing import OPEN, Row, form, page, post

ROOT: list[Row] = [
    page("/static/{path:path}", assets.show, OPEN, name="static", reserved=True),
    page("/healthz", house.healthz, OPEN, reserved=True),
    page("/readyz", house.readyz, OPEN, reserved=True),
    page("/robots.txt", house.robots, OPEN, reserved=True),
    page("/oembed", embedding.oembed, OPEN),
    post("/theme", house.theme, OPEN),
    page("/sw.js", offline_pages.worker, OPEN, reserved=True),
    page("/offline", offline_pages.offline, OPEN, reserved=True),
    page("/l/{key}", paper_pages.short, OPEN),
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
    form("/{school}/curate/imports/new", imports.new_import, "FED05", upload=True, seconds=20, cost=Cost.IMPORT),
    page("/{school}/curate/imports/{key}", imports.import_, "FED05"),
    form("/{school}/curate/imports/{key}/columns", imports.columns, "FED05", cost=Cost.IMPORT),
    form("/{school}/curate/imports/{key}/copies", imports.copies, "FED05", seconds=20, cost=Cost.IMPORT),
    page("/{school}/curate/imports/{key}/report.csv", imports.report, "FED05", seconds=20, cost=Cost.EXPORT),
    post("/{school}/curate/imports/{key}/start", imports.go_ahead, "FED05"),
    post("/{school}/curate/imports/{key}/go-on", imports.go_on, "FED05"),
    post("/{school}/curate/imports/{key}/take-back", imports.take_back, "FED05"),
    page("/{school}/curate/sources", sources.index, "FED03", name="resources.sources"),
    form("/{school}/curate/sources/new", sources.new, "FED01", name="resources.new_source", seconds=45),
    page("/{school}/curate/sources.opml", opml.ours, "FED03", name="resources.opml", cost=Cost.EXPORT),
    form(
        "/{school}/curate/sources/suggested",
        opml.suggestions,
        "FED05",
        name="resources.suggestions",
        upload=True,
        seconds=45,
        cost=Cost.IMPORT,
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
    page("/{school}/lists/{slug}.csv", exports.list_csv, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}.xlsx", exports.list_xlsx, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}.ris", references.list_ris, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}.bib", references.list_bib, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}.mrc", marc_out.list_marc, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}/data.json", exports.list_data, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}/csl.json", references.list_csl, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}/cite", references.cite, "LST14", seconds=20, cost=Cost.EXPORT),
    page("/{school}/lists/{slug}/cite.txt", references.citations, "LST14", seconds=20, cost=Cost.EXPORT),
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
    form("/{school}/curate/imports/{key}/list", importing.put_import_on, "FED05"),
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
    page("/{school}/standards/{key}/coverage", standards.coverage, "REP03", cost=Cost.REPORT),
    page("/{school}/standards/{key}/coverage.csv", standards.coverage_csv, "REP03", seconds=20, cost=Cost.REPORT),
    page("/{school}/standards/{key}/unused", standards.unused, "REP03"),
    form("/{school}/curate/standards", aligning.bring_standards, "FED05", upload=True, seconds=45, cost=Cost.IMPORT),
    form("/{school}/curate/standards/{file}", aligning.look_at_standards, "FED05", seconds=45, cost=Cost.IMPORT),
    form("/{school}/curate/lists/{key}/standards", aligning.align, "LST06"),
    form("/{school}/curate/resources/{key}/standards", aligning.align_thing, "LST06"),
]

CLASSES: list[Row] = [
    page("/{school}/classes", classes.index, "CLS01"),
    form("/{school}/assign", assigning.assign, "LST12"),
    page("/{school}/assignments", assigning.made, "LST12"),
    form("/{school}/assignments/{assignment}/change", assigning.change, "LST12"),
    post("/{school}/assignments/{assignment}/withdraw", assigning.withdraw, "LST12"),
    post("/{school}/assignments/{assignment}/ask-again", assigning.ask_again, "LST12"),
    post("/{school}/assignments/{assignment}/take-proposal", assigning.take_proposal, "LST12"),
    post("/{school}/assignments/{assignment}/decline-proposal", assigning.decline_proposal, "LST12"),
    form("/{school}/groups/new", groups.new_group, "REP01"),
    page("/{school}/groups/{key}", groups.group, "REP01"),
    form("/{school}/groups/{key}/edit", groups.edit_group, "REP01"),
    post("/{school}/groups/{key}/end", groups.end_group, "REP01"),
    post("/{school}/groups/{key}/go-on", groups.go_on_with_group, "REP01"),
    page("/{school}/groups/{key}/assignments/{assignment}", groups.group_assignment, "REP01"),
    page(
        "/{school}/groups/{key}/assignments/{assignment}/progress.csv",
        groups.group_progress,
        "REP01",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page("/{school}/classes/{key}", classes.show, "REP01"),
    page("/{school}/classes/{key}/now", classes.show_now, "REP01"),
    page("/{school}/classes/{key}/progress.csv", classes.progress, "REP01", seconds=20, cost=Cost.EXPORT),
    form("/{school}/classes/{key}/calendar", calendars.calendar_of_class, "REP01"),
    post("/{school}/classes/{key}/calendar/end", calendars.end_calendar_of_class, "REP01"),
    page("/{school}/classes/{key}/calendar.ics", calendars.class_calendar, OPEN),
    page("/{school}/classes/{key}/assignments/{assignment}", classes.assignment, "REP01"),
    page("/{school}/classes/{key}/assignments/{assignment}/now", classes.assignment_now, "REP01"),
    page(
        "/{school}/classes/{key}/assignments/{assignment}/progress.csv",
        classes.assignment_progress,
        "REP01",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page("/{school}/me/assignments", asked.all_asked, "LOG07"),
    page("/{school}/me/assignments/{assignment}", asked.asked, "LST03"),
    form("/{school}/me/assignments/{assignment}/hand-in", asked.hand_in, "LOG06"),
    post("/{school}/me/hand-ins/{key}/take-back", asked.take_back, "LOG06"),
    form("/{school}/me/calendars", calendars.my_calendars, "CLS14"),
    post("/{school}/me/calendars/end", calendars.end_my_calendar, "CLS14"),
    page("/{school}/me/calendar.ics", calendars.my_calendar, OPEN),
    page("/{school}/programs/{slug}/calendar.ics", calendars.program_calendar, "PRG02"),
]

EVALUATION: list[Row] = [
    page("/{school}/evaluation", evaluation.index, "REP02"),
    page("/{school}/evaluation/how-we-measure", evaluation.indicators, "REP02"),
]

ROWS: list[Row] = [
    *ROOT,
    *GOING,
    *API,
    *COURSES,
    *SIGNING_IN,
    *DISTRICT,
    *PEOPLE,
    *OFFICE,
    *PRIVACY,
    *ELSEWHERE,
    *PLATFORMS,
    *OUTSIDE,
    *RESOURCES,
    *LISTS,
    *STANDARDS,
    *RECOGNITION,
    *PROGRAMS,
    *RUNNING,
    *CLASSES,
    *PLANNING,
    *INQUIRIES,
    *PROMOTION,
    *FIGURES,
    *EVALUATION,
    *FRAMEWORKS,
    *SURVEYS,
    *CYCLES,
]
