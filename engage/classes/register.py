"""What is held about teaching."""

from engage.people.register_rules import Erase, Kept, Table, Topic, about, done_by

CLASSES = (
    Table(
        "assignment",
        Topic.STAFF,
        Kept.STAFF,
        "What a teacher asked of a class",
        "id key kind required instructions shows_from due_on made_at withdrawn_at curated_id school_id school_class_id "
        "batch changed_at group_id only_some version waiting",
        (done_by("by_id", "curated_id instructions made_at"),),
    ),
    Table(
        "assignment_item",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "What stood on the list when it was assigned",
        "id position assignment_id resource_id school_id",
    ),
    Table(
        "assigned_student",
        Topic.ACCOUNT,
        Kept.GONE,
        "Of whom something was asked that was not asked of the whole class",
        "id school_id",
        (about("person_id", Erase.ROW, "assignment_id"),),
    ),
    Table(
        "reading_group",
        Topic.STAFF,
        Kept.STAFF,
        "Which students a teacher takes together",
        "id key name made_at ended_on school_id",
        (done_by("by_id", "name made_at"),),
    ),
    Table(
        "group_member",
        Topic.ACCOUNT,
        Kept.GONE,
        "Who is in which reading group, from a day until a day",
        "id school_id",
        (about("person_id", Erase.ROW, "group_id since until"),),
    ),
    Table(
        "hand_in",
        Topic.LOG,
        Kept.HANDED_IN,
        "Titles that a student handed in to a teacher",
        "id key school_id",
        (about("person_id", Erase.ROW, "assignment_id title resource_id on at"),),
        secret="form_key",
    ),
    Table(
        "calendar_address",
        Topic.ACCOUNT,
        Kept.GONE,
        "That somebody has a secret address under which a calendar finds their dates, until they end it",
        "id school_id",
        (about("person_id", Erase.ROW, "made_at school_class_id"),),
        secret="token_hash",
    ),
)

PLANNING = (
    Table(
        "unit",
        Topic.STAFF,
        Kept.STAFF,
        "The units that teachers and the library plan together",
        "id key title subject grade_low grade_high starts ends level objectives technology reflection state version "
        "made_at changed_at school_id",
        (done_by("owner_id", "title starts ends state made_at"),),
    ),
    Table(
        "unit_planner",
        Topic.STAFF,
        Kept.STAFF,
        "Who plans which unit",
        "id school_id",
        (about("person_id", Erase.ROW, "unit_id since"),),
    ),
    Table(
        "unit_session",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "The lessons of a unit: when, what, and whether the teacher, the library or both lead them",
        "id key on what lead part version changed_at gone_at unit_id school_id",
    ),
    Table("unit_list", Topic.LIBRARY, Kept.LIBRARY, "Which lists a unit uses", "id curated_id unit_id school_id"),
    Table(
        "unit_standard",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Which standards a unit teaches",
        "id standard_id unit_id school_id",
    ),
    Table(
        "help_request",
        Topic.STAFF,
        Kept.STAFF,
        "What teachers ask the library for, and what came of it",
        "id key kind text wished_on school_class_id state answer agreed_on first_answered_at answered_at done_at "
        "made_at unit_id curated_id school_id",
        (done_by("by_id", "kind text wished_on made_at"), done_by("answered_by_id", "answer answered_at")),
    ),
    Table(
        "inquiry",
        Topic.LOG,
        Kept.READ,
        "Questions that a student or a reading group looks into",
        "id key group_id school_id",
        (
            about(
                "person_id",
                Erase.ROW,
                "question from_title made_at changed_at school_class_id handed_at handed_on read_at comment "
                "commented_at",
            ),
            done_by("read_by_id", "comment read_at"),
        ),
    ),
    Table(
        "inquiry_source",
        Topic.LOG,
        Kept.READ,
        "What was found for such a question, and what the student says of it",
        "id key position inquiry_id school_id",
        (about("by_id", Erase.ROW, "resource_id title url maker currency trust used"),),
    ),
)

COURSES = (
    Table(
        "lti_platform",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "From which platforms for courses people come, and what these may hear",
        "id key name issuer client_id deployments authorize token keys site by_roster scores agreement whole_district "
        "on made_at school_id",
    ),
    Table(
        "lti_link",
        Topic.SIGN_IN,
        Kept.ACCOUNT,
        "Which account of a platform for courses is somebody's, as a mark that names nobody",
        "id platform_id",
        (about("person_id", Erase.ROW, "made_at used_at proved"),),
        secret="hash",
    ),
    Table(
        "lti_key",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "The key that we sign with for platforms",
        "id number private made_at",
    ),
    Table(
        "lti_line",
        Topic.OUTSIDE,
        Kept.GONE,
        "That a course wants to hear when somebody has finished a list, and whether it heard",
        "id platform_id try_at first_at tries failure school_id",
        (about("person_id", Erase.ROW, "curated_id made_at sent_at"),),
        secret="hash private",
    ),
)
