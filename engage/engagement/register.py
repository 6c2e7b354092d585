"""What is held about what happened: the diary and its figures."""

from engage.engagement.forgetting import active_days_of, forget_active_days, forget_numbers, numbers_of
from engage.people.register_rules import Erase, Kept, Table, Topic, about

ENGAGEMENT = (
    Table(
        "engagement",
        Topic.COUNTS,
        Kept.TITLES,
        "The diary of the library: what was opened, logged, finished. A name only with acts in a program or assignment",
        "id school_id grade_band list_id program_id assignment_id display_id format place",
        (
            about(
                "person_id",
                Erase.EMPTY,
                "kind on at mode minutes pages count",
                blanks="resource_id class_id",
            ),
        ),
    ),
    Table(
        "daily_figure",
        Topic.COUNTS,
        Kept.NUMBER,
        "How much was read, watched and heard on a day, by grade band",
        "id school_id on kind mode format place grade_band list_id program_id count minutes pages",
    ),
    Table(
        "month_figure",
        Topic.COUNTS,
        Kept.NUMBER,
        "The same for a month, with how many active days there were",
        "id school_id month kind mode format place grade_band list_id program_id count minutes pages days",
    ),
    Table(
        "turnout",
        Topic.COUNTS,
        Kept.YEAR,
        "How many took part in a week or month, each once, as numbers that change with the school year",
        "id school_id year span starts cut value bits",
    ),
    Table(
        "hidden_student",
        Topic.COUNTS,
        Kept.YEAR,
        "The number of some student in the turnouts of a school year, beside a hash that changes with it",
        "id school_id",
        (about("who", Erase.HIDDEN, "year number"),),
        exporter=numbers_of,
        eraser=forget_numbers,
    ),
    Table(
        "active_day",
        Topic.COUNTS,
        Kept.YEAR,
        "That some student took part on a day, as a hash that changes with the school year",
        "id school_id grade_band",
        (about("who", Erase.HIDDEN, "on acts reading_minutes viewing_minutes listening_minutes"),),
        exporter=active_days_of,
        eraser=forget_active_days,
    ),
    Table(
        "year_salt",
        Topic.COUNTS,
        Kept.YEAR,
        "What the hashes of a school year are made with; once it is gone they are nobody's",
        "id school_id year salt given",
    ),
)
