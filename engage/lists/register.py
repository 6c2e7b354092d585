"""What is held about lists and those who work on them."""

from engage.people.register_rules import Erase, Kept, Table, Topic, about, done_by

LISTS = (
    Table(
        "curated_list",
        Topic.LIBRARY,
        Kept.STAFF,
        "The lists of the library",
        "id key school_id slug title introduction kind state visibility ink scene grade_low grade_high review_by "
        "published_at version items_count reading viewing listening made_at changed_at is_template offered publish_at "
        "publish_until",
        (done_by("owner_id", "title introduction state made_at"),),
    ),
    Table(
        "section",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "The parts of a list",
        "id key title note position curated_id school_id",
    ),
    Table(
        "list_item",
        Topic.LIBRARY,
        Kept.STAFF,
        "What stands on a list, and why",
        "id key position annotation start_here version added_at curated_id resource_id school_id section_id found guid "
        "pinned",
        (done_by("added_by_id", "curated_id resource_id annotation added_at"),),
    ),
    Table(
        "list_class",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Which classes a list is for",
        "id curated_id school_id school_class_id",
    ),
    Table(
        "revision",
        Topic.STAFF,
        Kept.STAFF,
        "Every change of a list, so that it can be taken back",
        "id number at act what snapshot curated_id school_id",
        (done_by("by_id", "curated_id number at act what"),),
    ),
    Table(
        "saved_search",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "The search that refills a list",
        "id words facets order most filled_at problem school_id curated_id",
    ),
    Table(
        "exclusion",
        Topic.STAFF,
        Kept.STAFF,
        "What a search must not put on a list",
        "id at curated_id resource_id school_id",
        (done_by("by_id", "curated_id resource_id at"),),
    ),
    Table(
        "framework",
        Topic.LIBRARY,
        Kept.STAFF,
        "Standards that lists serve",
        "id key identifier title creator subject version items_count imported_at school_id",
        (done_by("imported_by_id", "title imported_at"),),
    ),
    Table(
        "standard",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "One statement of such a framework",
        "id key identifier code statement kind grade_low grade_high position depth gone_at framework_id parent_id "
        "school_id",
    ),
    Table(
        "alignment",
        Topic.STAFF,
        Kept.STAFF,
        "Which list or resource serves which standard",
        "id at curated_id resource_id school_id standard_id",
        (done_by("by_id", "curated_id resource_id standard_id at"),),
    ),
    Table(
        "list_member",
        Topic.STAFF,
        Kept.ACCOUNT,
        "Who works on a list together with its owner",
        "id school_id",
        (about("person_id", Erase.ROW, "curated_id part since"),),
    ),
    Table(
        "suggestion",
        Topic.ASKING,
        Kept.ASKED,
        "What somebody thinks belongs on a list",
        "id key school_id decided_at",
        (
            about("by_id", Erase.EMPTY, "curated_id resource_id title state at answer", blanks="reason"),
            done_by("decided_by_id", "curated_id resource_id decided_at answer"),
        ),
    ),
    Table(
        "list_comment",
        Topic.STAFF,
        Kept.STAFF,
        "What staff who work on a list say to each other",
        "id key at text settled_at curated_id item_id school_id",
        (done_by("by_id", "curated_id at text"),),
    ),
    Table(
        "origin",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "From which library a list was taken over",
        "id address library title linked seen etag looked_at next_look failures problem taken_at school_id curated_id",
    ),
    Table(
        "list_proposal",
        Topic.STAFF,
        Kept.STAFF,
        "What that library changed, until somebody decides",
        "id key kind guid was now state at decided_at curated_id school_id",
        (done_by("decided_by_id", "curated_id kind decided_at"),),
    ),
    Table(
        "missing_title",
        Topic.LIBRARY,
        Kept.LIBRARY,
        "Titles of such a list that are not held here",
        "id key guid record position at gone_at curated_id school_id",
    ),
)
