"""What is held about resources, where they come from, and what people ask the library for."""

from engage.people.register_rules import Erase, Kept, Table, Topic, about, done_by

RESOURCES = (
    Table(
        "resource",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "What there is to read, watch and hear",
        "id key school_id state title title_sort other_titles creators mode format summary subjects language "
        "audience_low audience_high publisher year pages minutes series dewey cover explicit here online search_text "
        "match_key popularity kept origin content_hash version made_at changed_at audio_description available captions "
        "editions large_print merged_into_id picture transcript",
    ),
    Table("creator", Topic.LIBRARY, Kept.LIBRARY, "Who made it", "id position name role resource_id school_id"),
    Table("identifier", Topic.LIBRARY, Kept.LIBRARY, "Its numbers", "id scheme value resource_id school_id"),
    Table("subject", Topic.LIBRARY, Kept.LIBRARY, "What it is about", "id term kind resource_id school_id"),
    Table(
        "measure",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Reading measures of a book, not of a reader",
        "id scheme value origin resource_id school_id",
    ),
    Table(
        "cover",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Where its picture came from",
        "id found_by url digest width height problem tries tried_at next_try_at school_id resource_id",
    ),
    Table("cover_image", Topic.LIBRARY, Kept.LIBRARY, "The picture", "id key width height body cover_id school_id"),
    Table(
        "holding",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Where it stands",
        "id call_number location barcodes copies available format origin as_of gone_at resource_id school_id",
    ),
    Table(
        "link",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Where it is on the web",
        "id school_id resource_id url provider access media_type format origin state checked_at failures fingerprint "
        "found key moved_to next_check_at",
    ),
    Table(
        "link_check",
        Topic.STAFF,
        Kept.STAFF,
        "Whether that address still works, and who mended it",
        "id at state sentence link_id school_id",
        (done_by("by_id", "at state sentence"),),
    ),
    Table(
        "selection_note",
        Topic.STAFF,
        Kept.STAFF,
        "Why it was chosen",
        "id authority currency viewpoint access curriculum verdict shown made_at changed_at school_id resource_id",
        (done_by("by_id", "resource_id verdict changed_at"),),
    ),
    Table(
        "purchase_request",
        Topic.ASKING,
        Kept.ASKED,
        "Titles that somebody asked the library to get",
        "id key school_id spoken answered_at",
        (
            about("by_id", Erase.EMPTY, "title creator isbn url state answer made_at resource_id", blanks="why"),
            done_by("answered_by_id", "title answer answered_at"),
        ),
    ),
    Table(
        "import",
        Topic.STAFF,
        Kept.STAFF,
        "Files brought into the catalogue",
        "id key kind name file state dry_run records done added changed same refused problem started_at ended_at "
        "made_at school_id mapping",
        (done_by("by_id", "kind name made_at records"),),
    ),
    Table(
        "import_mapping",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "How such files are read here",
        "id kind headings mapping changed_at school_id",
    ),
    Table(
        "import_row",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "What became of each record",
        "id number outcome title line reason of_import_id resource_id school_id before",
    ),
    Table(
        "source",
        Topic.STAFF,
        Kept.STAFF,
        "Feeds that the library visits",
        "id key school_id url url_hash kind title site state mode etag last_modified body_hash minutes_between "
        "next_visit_at last_visit_at last_good_at failures problem moved_to moved_seen moved_on changes_ids "
        "lease_until fence made_at audience_high audience_low default_list language topic slices rest",
        (done_by("by_id", "title url made_at"),),
    ),
    Table(
        "visit",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Each visit to a feed",
        "id at good code sentence new changed school_id source_id",
    ),
    Table(
        "mute_rule",
        Topic.STAFF,
        Kept.STAFF,
        "Words that keep an entry of a feed out",
        "id key words muted made_at school_id source_id",
        (done_by("by_id", "words made_at"),),
    ),
    Table(
        "inbox_entry",
        Topic.STAFF,
        Kept.STAFF,
        "What feeds brought, and who decided about it",
        "id key identity second_key content_hash title url summary body creator published_at date_guessed mode format "
        "file_url file_type minutes language explicit picture transcript state decided_at why proposal seen_at "
        "resource_id school_id source_id access isbn match_key mute_id publisher series subjects year",
        (done_by("decided_by_id", "title state decided_at why"),),
    ),
)
