"""The permission matrix: who may do what. SAFETY.md, section 2, letter for letter; a test compares the two."""

# Each cell: mine, own class, own school, other school. Y yes, P published or approved for that audience, A aggregate,
# B break-glass, Q may ask, n no (404), x no (403), - cannot occur. V visitor, S student, T teacher, L specialist,
# A school admin, D district admin.
TABLE = """
LST01 | --PP | -PPP | YPPP | YPPP | YPPP | YPPP | see a public list
LST02 | --nn | -PPn | YPPn | YYYn | YPPn | nPPn | see a school-only list
LST03 | --nn | -Pnn | YYnn | YYYn | nnPn | nnnn | see a class-only list
LST04 | --nn | -nnn | Ynnn | YYYn | nnnn | nnnn | see a draft
LST05 | --nn | -nnn | YYnn | YYYn | nnnn | nnnn | create a list
LST06 | --xx | -xxx | Yxxx | YYYn | xxxx | xxxx | edit a list
LST07 | --xx | -xxx | YYxn | YYYn | xxxx | xxxx | publish to own class
LST08 | --xx | -xxx | QQxn | YYYn | xxxx | xxxx | publish to school, district or public
LST09 | --xx | -xxx | Yxxn | YYYn | xxYn | xxQn | withdraw or delete a list
LST10 | --xx | -xxx | YPPP | YPPP | xxxx | xxxx | copy a visible list into an own draft
LST11 | --xx | -QQn | YQQn | YYYn | QQQn | nnnn | suggest an item
LST12 | --nn | -nnn | YYnn | nQYn | nnnn | nnnn | assign a list to a class
LST13 | --nn | -nnn | YPPn | YYYn | YYYn | nnPn | see who last changed a list
LST14 | --PP | -PPP | YPPP | YPPP | YPPP | YPPP | export a visible list
FED01 | --nn | -nnn | QQnn | YYYn | nnnn | nnnn | add or change a feed
FED02 | --nn | -nnn | nnnn | YYYn | nnnn | nnnn | fetch now (5 an hour per person)
FED03 | --nn | -nnn | nnnn | YYYn | YYYn | nnAn | see feed state
FED04 | --nn | -nnn | QQnn | YYYn | nnnn | nnnn | approve harvested items
FED05 | --nn | -nnn | nnnn | YYYn | nnnn | nnnn | upload CSV, XLSX, MARC, OPML
FED06 | --nn | -nnn | nnnn | nnnn | nnnn | nnnn | change addresses the fetcher may reach
PRG01 | --nn | -nnn | YYnn | YYYn | nnnn | nnnn | create or end a program
PRG02 | --PP | -PPn | YPPn | YYYn | YPPn | nPPn | see a program's page
PRG03 | --nn | YPPn | nnnn | nnnn | nnnn | nnnn | join or leave a program
PRG04 | --nn | -nnn | YYnn | YYYn | nnnn | nnnn | enrol or remove students
PRG05 | --nn | Ynnn | YYnn | YnPn | nnnn | nnnn | see participants by name
PRG06 | --nn | Ynnn | YYnn | YnPn | nnnn | nnnn | see participation figures per student
PRG07 | --nn | -nnn | YYnn | YnYn | nnnn | nnnn | confirm a completion, give an award
PRG08 | --nn | -nnn | nnnn | YYYn | nnnn | nnnn | switch a leaderboard on for a program
PRG09 | --nn | Ynnn | nnnn | nnnn | nnnn | nnnn | put oneself on a leaderboard
PRG10 | --nn | YPPn | YPPn | YPPn | nnPn | nnnn | see a leaderboard (pseudonyms)
PRG11 | --nn | Ynnn | nnnn | nnBn | nnBn | nnnn | see who a pseudonym is
LOG01 | --nn | Ynnn | nnnn | nnnn | nnnn | nnnn | log participation for oneself
LOG02 | --nn | -nnn | YYnn | nnYn | nnnn | nnnn | log for a pre-reader, marked as such
LOG03 | --nn | Ynnn | xxnn | xxxn | nnnn | nnnn | change or delete a log entry
LOG04 | --nn | -nnn | YYnn | YnYn | nnnn | nnnn | void an entry in a program (title kept private)
LOG05 | --nn | Ynnn | nnnn | nnnn | nnBn | nnnn | read free-choice titles
LOG06 | --nn | Ynnn | YYnn | YnPn | nnBn | nnnn | read titles the student handed in
LOG07 | --nn | Ynnn | nnnn | nnnn | nnnn | nnnn | read own history, streak, badges
LOG08 | --nn | Ynnn | Ynnn | Ynnn | Ynnn | Ynnn | export one's own data
LOG09 | --nn | Ynnn | nnnn | nnnn | nnBn | nnnn | export one student's full record (parent's right of access)
LOG10 | --nn | Qnnn | nQnn | nnnn | nnYn | nnnn | erase one student
REV01 | --nn | YYYn | YYYn | YYYn | nnnn | nnnn | write a review for that audience
REV02 | --PP | -PPn | YPPn | YYYn | YYYn | nPPn | read approved reviews
REV03 | --nn | Ynnn | YYnn | YYYn | nnYn | nnnn | read pending or rejected reviews
REV04 | --nn | -nnn | xYnn | xYYn | nnYn | nnnn | approve, reject, shorten a review
REV05 | --xx | YYYn | YYYn | YYYn | YYYn | nnnn | report a review
REV06 | --nn | Yxxn | YYxn | YYYn | nnYn | nnnn | withdraw a review
REV07 | --nn | Ynnn | YYnn | YYYn | nnYn | nnnn | see the real author of a review
CLS01 | --nn | -nnn | YYnn | nnPn | YYYn | nnnn | see a class roster
CLS02 | --nn | -nnn | QQnn | nnnn | YYYn | nnnn | create, rename or end a class
CLS03 | --nn | -nnn | QYnn | nnnn | YYYn | nnnn | put students in or out of a class
CLS04 | --nn | -nnn | nnnn | nnnn | YYYn | nnnn | create or import student accounts
CLS05 | --nn | nnnn | YYnn | nnnn | YYYn | nnnn | reset a student's sign-in, print or void cards
CLS06 | --nn | -nnn | YYnn | nnYn | YYYn | nnnn | open or close class sign-in
CLS07 | --nn | Ynnn | YYnn | nnPn | YYYn | nnnn | see a student's name and grade
CLS08 | --nn | xnnn | xxnn | nnnn | YYYn | nnnn | change a student's name or grade
CLS09 | --nn | Ynnn | Ynnn | Ynnn | Ynnn | Ynnn | choose own avatar and shown name from the given sets
CLS10 | --nn | -nnn | nnnn | nnnn | xnYn | xnYn | create staff accounts, give teacher or specialist role
CLS11 | --nn | -nnn | nnnn | nnnn | xnnn | xnYn | give school admin role
CLS12 | --nn | -nnn | nnnn | nnnn | nnnn | xnnn | give district admin role
CLS13 | --nn | -nnn | xnnn | xnnn | xnYn | xnYn | end a staff member's access
CLS14 | --nn | Ynnn | Ynnn | Ynnn | Ynnn | Ynnn | see and end own sessions
CLS15 | --nn | -nnn | -Ynn | nnnn | nnYn | nnYn | end another person's sessions
CLS16 | --nn | Ynnn | Ynnn | Ynnn | Ynnn | Ynnn | change own password or second factor
CLS17 | --nn | -nnn | nnnn | nnnn | nnQn | nnYn | move a student to another school
REP01 | --nn | -nnn | YYnn | nnnn | nnnn | nnnn | class report with names, assigned work only
REP02 | --nn | -nnn | nAAn | YYAn | nAAn | nnnn | program report of the school
REP03 | --nn | -nnn | YAAn | YAAn | nAAn | nnAn | use of lists and items, no persons
REP04 | --nn | -nnn | nnnn | nnnn | nnnn | nnAn | district report
REP05 | --nn | -nnn | nnnn | nnnn | nnnn | nnnn | raw event export
REP06 | --nn | -nnn | nnnn | YYAn | nAAn | nnAn | freeze a report for the evaluation file
REP07 | --nn | -nnn | nnnn | nnnn | nnYn | nnYn | raise a small-cell limit (never lower)
ADM01 | --nn | -nnn | nnnn | nnQn | nnYn | nnQn | school settings, time zone, calendar
ADM02 | --nn | -nnn | nnnn | nnnn | nnYn | nnYn | shorten retention (never lengthen past section 0)
ADM03 | --nn | nnnn | nnnn | nnnn | nnYn | nnPn | read the audit log
ADM04 | --nn | -nnn | nnnn | nnnn | nnnn | nnYn | create or close a school
ADM05 | --nn | -nnn | nnnn | nnnn | nnQn | nnnn | open break-glass
ADM06 | --nn | -nnn | nnnn | nnYn | xnYn | nnYn | approve break-glass (never one's own)
ADM07 | --nn | -nnn | nnnn | nnnn | nnnn | nnnn | act as another person
ADM08 | --nn | -nnn | nnnn | nnnn | nnnn | nnnn | backup, restore, migrate, secrets (server console only)
"""

COLUMNS = "VSTLAD"
OPEN = "OPEN"


def _read(table: str) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for line in table.strip().splitlines():
        act, *cells, _what = (cell.strip() for cell in line.split("|"))
        rows[act] = dict(zip(COLUMNS, cells, strict=True))
    return rows


MATRIX = _read(TABLE)


def letter(act: str, column: str, scope: int) -> str:
    """One letter of the matrix. act: "LST01"; column: one of COLUMNS; scope: 0 mine to 3 other school."""
    return MATRIX[act][column][scope]
