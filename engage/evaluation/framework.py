"""The default framework, Best practices for library media programs: 26 criteria in our own words, with four steps each.

Source: PRODUCT.md, section 5. The words of the statements and of the steps are ours.
"""

from dataclasses import dataclass, replace

from engage.evaluation.rules import Counting, Level


@dataclass(frozen=True)
class Criterion:
    """One thing that a good library does.

    code: stands in addresses. levels: what the library looks like on each of the four steps, the lowest first.
    indicators: names of engage.evaluation.indicators that hold as live evidence. group: the heading it stands under.
    """

    code: str
    title: str
    statement: str
    levels: tuple[str, str, str, str]
    counting: Counting
    indicators: tuple[str, ...] = ()
    group: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether figures say too little of it, so that a cycle is not closed before a person has rated it."""
        return self.counting is not Counting.COUNTED

    def at(self, level: Level) -> str:
        """What a library on this step looks like."""
        return self.levels[level - 1]


@dataclass(frozen=True)
class Framework:
    """What a library is judged by. version: rises with every change of its words."""

    title: str
    version: int
    criteria: tuple[Criterion, ...]

    def criterion(self, code: str) -> Criterion | None:
        """One of its criteria, by its code."""
        return next((one for one in self.criteria if one.code == code), None)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Criterion, ...]], ...]:
        """The criteria under their headings, in order."""
        headings = dict.fromkeys(one.group for one in self.criteria)
        return tuple((name, tuple(one for one in self.criteria if one.group == name)) for name in headings)


C, P, R = Counting.COUNTED, Counting.PARTLY, Counting.RECORD
MODES = ("minutes_reading", "minutes_viewing", "minutes_listening")

PROGRAM = (
    Criterion(
        "goals",
        "School goals and improvement",
        "The library's aims grow out of the school's own goals, and each year's findings change the next year's work.",
        ("Aims are not written down.", "Aims are written.", "Aims follow the school's.", "Findings change aims."),
        P,
        ("reach", "active_days"),
    ),
    Criterion(
        "staffing",
        "Staffing",
        "A certified specialist and enough help keep the library open and taught in at all hours of the school day.",
        ("Open when someone is free.", "A part-time specialist.", "A full-time specialist.", "A team for all hours."),
        R,
    ),
    Criterion(
        "support",
        "Administrative support",
        "The principal knows the library's plan, makes time for it, and speaks for it to families and the district.",
        ("Plans are not shared.", "Plans are reported.", "Plans are made together.", "Leaders champion the library."),
        R,
    ),
    Criterion(
        "collection",
        "Funding and a diverse collection",
        "Steady money keeps a collection that is current, in many formats, and in which every student finds a self.",
        ("Gifts and leftovers.", "A small yearly sum.", "A budget by plan.", "A plan that use and gaps renew."),
        C,
        ("collection_size", "collection_age", "mode_share", "languages_used"),
    ),
    Criterion(
        "technology",
        "Current technology",
        "Students and teachers reach what the library offers with working, current tools, at school and at home.",
        ("Tools often fail.", "Tools work at school.", "Tools work at home too.", "Tools are renewed by plan."),
        C,
        ("home_access", "online_share", "dead_links"),
    ),
    Criterion(
        "libraries",
        "Cooperation with other libraries",
        "The library lends, borrows and plans with other schools, the public library and colleges.",
        ("It stands alone.", "It borrows at times.", "It lends and plans.", "Partners share programs and lists."),
        C,
        ("lists_offered", "lists_adopted", "lists_forked"),
    ),
)

SPECIALIST = (
    Criterion(
        "needs",
        "Knowing students' needs",
        "The specialist knows how students grow, what they are curious about, and who is not yet reached.",
        ("By guess.", "By asking some.", "By figures and talk.", "Unreached groups are found and reached."),
        C,
        ("not_reached", "reach", "requests", "requests_answered"),
    ),
    Criterion(
        "support-all",
        "Supporting all learners",
        "Every student is served, whatever the language, ability, or way of taking things in.",
        ("One way for all.", "Some other formats.", "Choices for most.", "Every student has a way that fits."),
        C,
        ("reach", "accessible", "mode_share"),
    ),
    Criterion(
        "reading",
        "Encouraging reading, viewing and listening",
        "The specialist encourages reading, viewing and listening for sense and for joy, and students take part.",
        (
            "Books are there for those who come.",
            "Lists and a program each year draw some students in.",
            "Most students take part, in all three ways, on many days.",
            "Students carry it themselves, and those not reached are found and invited.",
        ),
        C,
        (
            "reach",
            "active_days",
            *MODES,
            "mode_share",
            "joining",
            "completion",
            "list_opens",
            "list_finishes",
            "assignments",
            "assignments_done",
            "on_site",
        ),
    ),
    Criterion(
        "respect",
        "Respect and trust",
        "The library is a place where everybody is met with respect and what people read stays theirs.",
        ("Rules come first.", "People are greeted.", "People feel at home.", "Students help shape the place."),
        P,
        ("active_days",),
    ),
    Criterion(
        "resources",
        "Developing and promoting resources",
        "Resources in all formats, on site and remote, are chosen, arranged in lists, and put before those they suit.",
        ("A shelf display.", "Displays and some lists.", "Lists in all ways, promoted.", "Use decides what stays."),
        C,
        ("list_opens", "list_finishes", "items_used", "displays", "loans_listed"),
    ),
    Criterion(
        "literacy",
        "Information literacy in the curriculum",
        "Finding, judging and using information is taught inside subjects, not beside them.",
        ("Visits on request.", "Some lessons.", "A plan for each grade.", "Taught through all subjects."),
        C,
        ("lessons", "units", "assignments", "assignments_done"),
    ),
    Criterion(
        "teaching-technology",
        "Technology in teaching",
        "Teachers and students use sound, pictures and digital sources with purpose, and the specialist shows how.",
        ("Now and then.", "In some rooms.", "In most rooms.", "New uses are tried and shared."),
        C,
        ("minutes_viewing", "minutes_listening"),
    ),
    Criterion(
        "planning",
        "Planning units with teachers",
        "The specialist and teachers plan units together and choose what classes read, view and hear.",
        ("Lists on request.", "Lists in some lessons.", "Planned with each grade.", "Planned, taught, reviewed."),
        C,
        ("units", "lessons", "assignments", "help_asked", "help_answered"),
    ),
    Criterion(
        "access",
        "Leading in physical and intellectual access",
        "The specialist leads in planning how all get to resources, on site and remote, and can make sense of them.",
        ("Fixed hours.", "Hours suit most.", "Gaps are known.", "No group is left out."),
        C,
        ("on_site", "home_access", "accessible", "reach"),
    ),
    Criterion(
        "curricula",
        "Knowing the mandated curricula",
        "The specialist knows what must be taught in each grade and has something for it.",
        ("In outline.", "For some grades.", "For all grades.", "Gaps are filled before they are asked for."),
        C,
        ("standards_taught", "assignments"),
    ),
    Criterion(
        "modelling",
        "Modelling how to locate, access and evaluate",
        "The specialist shows, in the open, how to find things, get at them and judge them.",
        ("When asked.", "In orientation.", "In most visits.", "Students show each other."),
        C,
        ("lessons", "list_opens", "survey_confident"),
    ),
    Criterion(
        "service",
        "Serving individuals, groups and inquiry",
        "One student, a group or a whole class with a question each get the help that fits.",
        ("One at a time.", "Classes by timetable.", "Both, as needed.", "Inquiry starts here."),
        C,
        ("assignments", "help_answered", "days_to_answer", "active_days"),
    ),
    Criterion(
        "organising",
        "Technology to acquire, organise and disseminate",
        "Current systems bring resources in, keep them in order, and carry them to readers.",
        ("By hand.", "A catalogue.", "A catalogue and feeds.", "One flow from source to reader."),
        C,
        ("collection_size", "feeds_alive", "feeds_harvested", "entries_promoted"),
    ),
    Criterion(
        "managing",
        "Managing programs, services and staff",
        "Programs and services run by plan, and the people who run them are led well.",
        ("As it comes.", "One program a year.", "A plan for the year.", "Plans that results renew."),
        C,
        ("joining", "completion", "programs_opened"),
    ),
    Criterion(
        "policies",
        "Defining policies together",
        "Teachers, students, families and leaders help to write the library's policies.",
        ("None in writing.", "Written by one.", "Written together.", "Read and renewed each year."),
        P,
    ),
    Criterion(
        "evaluating",
        "Evaluating program and services",
        "Figures, voices and judgement are gathered all year, and what they say is acted on.",
        ("Counts of loans.", "A yearly report.", "Goals with figures.", "Findings change the work."),
        C,
        ("reach", "completion", "survey_learned", "survey_more"),
    ),
    Criterion(
        "excellence",
        "Excellence and flexibility",
        "The work is done well, and changes when people need something else.",
        ("As before.", "Mends what fails.", "Tries new things.", "Is a model for others."),
        R,
    ),
    Criterion(
        "communication",
        "Communication and teamwork",
        "The specialist listens, tells, and works in the school's teams.",
        ("When asked.", "A newsletter.", "A seat in teams.", "Teams come to the library."),
        P,
        ("help_asked", "help_answered"),
    ),
    Criterion(
        "learning",
        "Lifelong learning",
        "The specialist goes on learning and shows students what that looks like.",
        ("When required.", "A course a year.", "A plan for learning.", "Teaches other specialists."),
        R,
    ),
    Criterion(
        "roles",
        "The four roles",
        "Teacher, partner, information specialist and administrator: each role gets its share of the week.",
        ("One role fills the week.", "Two roles.", "All four.", "All four, in balance by plan."),
        P,
        ("lessons", "assignments", "joining"),
    ),
)

NAME = "Best practices for library media programs"
GROUPS = {"The program": PROGRAM, "The specialist": SPECIALIST}
BEST = Framework(NAME, 1, tuple(replace(one, group=name) for name, some in GROUPS.items() for one in some))
CRITERIA = {criterion.code: criterion for criterion in BEST.criteria}
