"""Where an answer is not the bare letter of the matrix, each with its reason."""

from engage.routes import ROWS

# acts that no address does, and why
NO_ROUTE = {
    "FED06": "the server's own settings only",
    "REV02": "beside the resource that a review is of: test_reviews",
    "REV03": "on the pages of REV01 and REV04",
    "REV07": "on the page of REV04",
    "CLS07": "on the pages of CLS01, CLS05 and PRG05",
    "CLS11": "the act of CLS10, by the role that is given: test_staff_access",
    "CLS12": "the act of CLS10, by the role that is given: test_staff_access",
    "REP04": "no address of a school: test_outside",
    "REP05": "nobody has it",
    "ADM07": "nobody has it",
    "ADM08": "server console only",
}
ANYBODY = "visitor sam tom ada alma dora wilma"
PLANNERS = "only of who plans a unit, whatever their role"
OWN_PROGRAM = "a program is run by whoever made it, and by the library"
ITS_PEOPLE = "only of who sees who is in it by name: the own program, or the own class"
OF_PUBLISHED = "what leaves the page of a list leaves it once it is published"
LIBRARY = "only of the library"
OF_THE_SCHOOL = "only who plans in the school; the district reads its figures"
# pages on which an evaluation is made: shut to the district before anything is looked for
PLANNING = tuple(row.path.removeprefix("/{school}") for row in ROWS if row.act == "REP06")
# shut although the letter opens it: address -> of whom, and why
STRICTER = {
    "/me/pin": ("tom ada alma dora wilma sam", "only where the grade has PINs"),
    "/me/prove/pictures": ("tom ada alma dora wilma", "only of students"),
    "/me/erase": ("tom ada alma wilma", "only of students: an admin goes by the page of records"),
    "/me/assignments/{assignment}": ("ada alma wilma", "only of whom it is asked"),
    "/me/assignments/{assignment}/hand-in": ("tom ada", "only of whom it is asked"),
    "/me/hand-ins/{key}/take-back": ("tom ada", "only of who handed it in"),
    "/me/inquiries/{key}/hand-in": ("tom ada wilma", "only of whose inquiry it is"),
    "/me/inquiries/{key}/take-back": ("tom ada", "only of whose inquiry it is"),
    "/me/suggestions/{suggestion}/take-back": ("ada", "only of who suggested it"),
    "/requests/{key}/take-back": ("ada", "only of who asked"),
    "/inquiries": ("sam ada", "only for whose class or program has one"),
    "/inquiries/{key}": (
        "sam ada",
        "a student's own one stands under /me; a librarian reads those of the own programs",
    ),
    "/inquiries/{key}/open": ("sam ada", "as its page"),
    "/me/second-step": ("sam ada", "only of staff; and who has a password says it again first"),
    "/me/second-step/codes": ("ada", "who has a password says it again first"),
    "/me/second-step/without": ("ada", "who has a password says it again first"),
    "/newsletter": ("sam", "not for students: it goes by e-mail"),
    "/students/{student}/erase": ("alma", "an admin goes by the page of records"),
    "/admin/people/{key}/move": ("dora", "only of students: staff have a role at each of their schools"),
    "/classes/{key}/log/{student}": ("ada wilma", "only of classes of those who cannot read yet"),
    "/classes/{key}/paper/print": ("ada wilma", "only where a program has sheets"),
    "/classes/{key}/paper/sheets.pdf": ("tom ada wilma", "only where a program has sheets"),
    "/admin/staff/{person}/sign-out": ("tom", "of staff: only by an admin"),
    "/admin/classes/{key}/put-in": ("tom wilma", "a teacher takes in again who was there"),
    "/assignments/{assignment}/change": (
        "ada wilma",
        "an assignment is changed by who teaches the class, and by who made it",
    ),
    "/assignments/{assignment}/withdraw": ("ada", "as its page"),
    "/assignments/{assignment}/ask-again": ("ada", "as its page"),
    "/curate/displays": ("tom", LIBRARY),
    "/curate/displays/frames": ("tom", LIBRARY),
    "/curate/requests": ("tom", LIBRARY),
    "/curate/requests/{key}": ("tom", LIBRARY),
    "/library-help": ("ada", "only of teachers: the library gives the help"),
    "/library-help/new": ("ada", "only of teachers: the library gives the help"),
    "/curate/lists/{key}/delete": ("alma", "drafts are deleted, and an admin sees none (LST04)"),
    "/curate/lists/{key}/publish": ("tom", "a colleague's draft is not seen (LST04)"),
    "/curate/lists/{key}/take-over": ("tom", LIBRARY),
    "/curate/reviews/{key}/public": ("tom alma", LIBRARY),
    "/curate/programs/{key}/people": ("tom wilma", ITS_PEOPLE),
    "/curate/programs/{key}/people/{student}/take-out": ("ada", ITS_PEOPLE),
    "/curate/programs/{key}/people/{student}/badge": ("ada", ITS_PEOPLE),
    "/curate/programs/{key}/people/{student}/badges/{badge}/back": ("ada", ITS_PEOPLE),
    "/curate/programs/{key}/people/{student}/entries/{entry}/void": ("ada", ITS_PEOPLE),
    "/programs/{slug}/hand-out/{prize}/{person}": ("ada", ITS_PEOPLE),
    "/curate/programs/{key}/people/{student}": ("tom wilma", ITS_PEOPLE),
    "/curate/programs/{key}/people/enrol": ("tom ada wilma", "only in programs that are not open to all"),
    "/curate/programs/{key}/teams/{team}": ("tom ada wilma", ITS_PEOPLE),
    "/curate/programs/{key}/challenges/{challenge}/things/{activity}/answers": (
        "tom ada wilma",
        "only of things with a question",
    ),
    "/programs/{slug}/hand-out": ("ada", ITS_PEOPLE),
    "/programs/{slug}/certificates": ("ada", ITS_PEOPLE),
    "/programs/{slug}/board": (ANYBODY, "only where a program has a board"),
    "/programs/{slug}/board/join": ("sam", "only where a program has a board"),
    "/programs/{slug}/drawings/{drawing}": ("dora", "only of people of the school"),
    "/programs/{slug}/teams": (ANYBODY, "only where a program has teams"),
    "/lists/{slug}/copy": ("tom ada wilma", "lists of other schools are copied where they are offered: from-others"),
    **dict.fromkeys(PLANNING, ("dora", OF_THE_SCHOOL)),
    "/lists/{slug}/embed": (ANYBODY, "only of public lists, since any site may show it"),
}
# the same for all that begins so
STRICTER_BELOW = {
    "/groups/{key}": ("tom wilma", "a reading group is of the teacher who made it"),
    "/curate/library-help": ("tom", LIBRARY),
    "/units/{key}": ("tom ada wilma", PLANNERS),
    "/curate/programs/{key}": ("tom", OWN_PROGRAM),
}
# open although the letter shuts it, and why that shows and does nothing: address -> of whom, scope, why
HARMLESS = {
    "/admin/people/{key}": ("alma dora", "mine", "one's own page; every change of it is refused"),
    "/admin/people/{key}/come-back": ("alma dora", "mine", "a sentence: who is here does not come back"),
    "/programs/{slug}/hand-out": ("tom", "school", "a teacher sees the own class alone, here nobody"),
    "/programs/{slug}/certificates": ("tom", "school", "a teacher sees the own class alone, here nobody"),
    "/curate/lists/add/{resource}": ("tom", "school", "a thing of the school is put on the own lists"),
}
# 404 where the letter is x: a draft of somebody else is not seen at all (LST04)
DRAFTS_ONLY = ("/curate/lists/{key}/publish", "/curate/lists/{key}/delete")
# 403 where the letter is n: before anything is looked for, so that a key that nobody has is answered the same (A2)
BEFORE_LOOKING = {
    "/curate/requests/{key}": LIBRARY,
    "/curate/reviews/{key}/public": "an admin publishes no reviews to all",
    **dict.fromkeys(PLANNING, OF_THE_SCHOOL),
}


def why(path: str, who: str, scope: str, letter: str, foreign: bool, visibility: str, status: int) -> str:
    """The exception that an answer is, by its key; "" for none. path: of the row, without the school."""
    if letter in "YPA":
        if path in STATE:
            return path
        if visibility == "draft" and path != "/lists/{slug}" and status == 404:
            return "draft"
        below = [start for start, (people, _) in STRICTER_BELOW.items() if path.startswith(start) and who in people]
        if path in STRICTER and who in STRICTER[path][0].split():
            return path
        return below[0] if below and status == 404 else ""
    if letter == "x" and status == 404 and path in DRAFTS_ONLY:
        return path
    if path in HARMLESS and who in HARMLESS[path][0].split() and scope == HARMLESS[path][1]:
        return path
    return path if path in BEFORE_LOOKING and status == 403 and foreign else ""


# forms that are not sent here, since no page of this world fills them in, and why
UNSENT = {
    "a file is sent, or lies there": """
        /admin/rosters/new /admin/rosters/year /admin/rosters/{key}/apply
        /admin/rosters/{key}/take-back /batches/paper /curate/imports/{key}/columns
        /curate/imports/{key}/copies /curate/imports/{key}/go-on /curate/imports/{key}/list /curate/imports/{key}/start
        /curate/imports/{key}/take-back /curate/loans /curate/loans/{key} /curate/resources/{key}/picture
        /curate/standards /curate/standards/{file} /evaluation/frameworks/bring
        /evaluation/{cycle}/criteria/{code}/evidence/file /me/log/send
        """,
    "another site or a mail server is asked": """
        /admin/outside/{key}/try /admin/sign-in/elsewhere/new /admin/sign-in/elsewhere/{key} /curate/lists/from-others
        /curate/lists/{key}/origin/changes /curate/lists/{key}/origin/look /curate/lists/{key}/origin/missing
        /curate/lists/{key}/origin/unlink /curate/newsletter/{key} /curate/page /curate/page/keep /curate/sources/new
        /curate/sources/suggested /curate/sources/suggested/decide /me/account/disconnect/{key}
        """,
    "something secret is said: the tests of signing in": """
        /me/erase /me/family /me/pin /me/prove /me/prove/pictures /me/second-step /me/second-step/codes
        /me/second-step/without /me/sessions/end-others /me/sessions/{session}/end /devices/forget
        """,
    "the page for it is another one, or what it is about is not so far: the tests of its wing": """
        /admin/classes/{key}/{person}/back-in /admin/classes/{key}/{person}/take-out /admin/people/{key}/come-back
        /admin/people/{key}/move /admin/people/{key}/role/{role}/take /admin/records/{student}/refuse
        /admin/staff/{person}/let-go
        /assignments/{assignment}/ask-again /assignments/{assignment}/decline-proposal
        /assignments/{assignment}/take-proposal /classes/{key}/calendar/end /classes/{key}/door/close
        /classes/{key}/students/{student}/let-go /classes/{key}/students/{student}/void-card
        /curate/flagged/{entry}/looked /curate/flagged/{entry}/void /curate/inbox/changed /curate/inbox/undo
        /curate/library-help/{key}/done /curate/links/move /curate/lists/{key}/history/{number}/items/{item}
        /curate/lists/{key}/history/{number}/restore /curate/lists/{key}/items /curate/lists/{key}/items/{item}/pin
        /curate/lists/{key}/left-out/{resource}/let-in /curate/lists/{key}/notes /curate/lists/{key}/notes/saved
        /curate/lists/{key}/offer /curate/lists/{key}/paste /curate/lists/{key}/people/{person}
        /curate/lists/{key}/put-back/{number} /curate/lists/{key}/refill/now /curate/lists/{key}/refill/stop
        /curate/lists/{key}/standards /curate/lists/{key}/take-over /curate/lists/{key}/template
        /curate/lists/{key}/unschedule /curate/programs/start /curate/programs/{key}/badges/new
        /curate/programs/{key}/badges/{badge} /curate/programs/{key}/challenges/new
        /curate/programs/{key}/challenges/{challenge}/things/{activity}/drop
        /curate/programs/{key}/drawings/{drawing}/again /curate/programs/{key}/drawings/{drawing}/draw
        /curate/programs/{key}/drawings/{drawing}/freeze /curate/programs/{key}/people/{student}/badges/{badge}/back
        /curate/programs/{key}/people/{student}/entries/{entry}/void /curate/programs/{key}/prizes/{prize}/drop
        /curate/programs/{key}/publish /curate/programs/{key}/reopen /curate/programs/{key}/settings
        /curate/resources/{key}/standards /curate/resources/{key}/twice/{other} /curate/reviews/{key}/public
        /curate/typed-titles /evaluation/start /evaluation/surveys/{key}/open
        /evaluation/surveys/{key}/questions/{question}/take-out
        /evaluation/surveys/{key}/texts/{text}/remove /evaluation/{cycle}/close /groups/{key}/go-on /inquiries/{key}
        /me/calendars/end /me/inquiries/{key}/take-back /me/log/{key}/restore /programs/{slug}/board/leave
        /programs/{slug}/certificates /programs/{slug}/challenges/{key}/do
        /programs/{slug}/challenges/{key}/done/{done}/undo /programs/{slug}/challenges/{key}/goal
        /programs/{slug}/hand-out/{prize}/{person} /programs/{slug}/handed-out/{delivery}/take-back
        /resources/{key}/away /students/{student}/erase /units/{key}/lessons/{session}/put-back /units/{key}/look-back
        /units/{key}/people/{person}/drop /units/{key}/plan /units/{key}/standards /units/{key}/step-back
        """,
}
# fields that a form has, although the page of this world shows none: of a choice, or of who may more
NOT_SHOWN = {
    "/admin/platforms/new": "by_roster scores whole_district",
    "/admin/platforms/{key}": "by_roster scores on whole_district",
    "/admin/tokens/new": "district",
    "/classes/{key}/log": "mode title minutes ending on note students",
    "/curate/programs/{key}/prizes/{prize}": "badge",
    "/me/inquiries/{key}/question": "group",
    "/programs/{slug}/log": "mode resource title minutes pages chapters ending when on feeling sure",
    "/reviews/{key}/report": "reason",
}
NOT_DONE = frozenset(" ".join(UNSENT.values()).split())
# pages that nobody sees in this world, and what they are for
CLOSED = {
    "/covers/{key}-{width}.jpg": "a picture of a resource",
    "/covers/{key}-{width}.webp": "a picture of a resource",
    "/curate/imports/{key}/copies": "a file of MARC that lies in the folder",
    "/curate/lists/{key}/history/{number}": "a list with two versions",
    "/curate/resources/{key}/twice/{other}": "two resources that are one",
    "/curate/standards/{file}": "a file that was sent a moment ago",
    "/glass/new": "a student, named in the query",
    "/glass/{key}/handed-in": "an open glass: test_glass",
    "/glass/{key}/names": "an open glass: test_glass",
    "/glass/{key}/record.zip": "an open glass: test_glass",
    "/glass/{key}/titles": "an open glass: test_glass",
    "/groups/{key}/assignments/{assignment}": "an assignment of a reading group",
    "/groups/{key}/assignments/{assignment}/progress.csv": "an assignment of a reading group",
    "/me/account/connect/{key}": "an account elsewhere",
    "/me/pin": "a grade that has PINs",
    "/me/record/{token}": "a link that works once",
}
# answered with a no whoever sends it, since nothing of this world is in the state for it
STATE = {
    "/admin/records/{student}/refuse": "somebody asked for it",
    "/curate/inbox/changed": "a source changed",
    "/curate/lists/{key}/origin/unlink": "the list was taken from elsewhere",
    "/curate/lists/{key}/refill/now": "the list fills itself",
    "/curate/typed-titles": "a typed title stands nowhere in the catalogue",
    "/programs/{slug}/board/leave": "stands on the board",
    "/programs/{slug}/certificate.pdf": "the program is completed",
    "/me/log/send": "entries were kept without a connection",
    "/me/log/{key}/restore": "the entry was removed",
    "/resources/{key}/away": "the thing is on the shelf",
    "/assignments/{assignment}/take-proposal": "a colleague proposed it",
    "/assignments/{assignment}/decline-proposal": "a colleague proposed it",
    "/inquiries/{key}": "the inquiry was opened",
    "/evaluation/surveys/{key}/texts/{text}/remove": "the survey is closed",
}
WHOLE_REPORT = "it reads the whole report of a cycle, which has a gate of its own (O3)"
# pages of more than the statements of SAFETY.md, O5: address -> how many, why
MORE_STATEMENTS = {
    **dict.fromkeys(
        [f"/evaluation/{{cycle}}/report{end}" for end in ("", ".csv", ".json", ".xlsx")], (21, WHOLE_REPORT)
    ),
    "/evaluation/{cycle}/close": (22, WHOLE_REPORT),
    "/evaluation/{cycle}/criteria/{code}/evidence": (24, WHOLE_REPORT),
}
# papers that nobody gets in this world, and what they are of
NEVER_PRINTED = {
    "/covers/{look}.png": "a look that no resource has",
    "/programs/{slug}/certificate.pdf": "somebody has completed a program",
}
