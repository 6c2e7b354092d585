"""The words of the search in the order in which they are shown: per school, what is on more lists first.

SQLite: the number of a row in the index is school, popularity and resource in one, so that what is found first is what
is wanted first, and a school reads its own part only. PostgreSQL: a narrow table beside the resources, kept by a
trigger; its words begin with the school, for the same reason. Both know which words there are, for misspelled ones.
Source: DECISIONS.md, "The search finds in the order in which it shows".
"""

from tortoise import migrations

from engage.database.operations import DialectSQL

ROW = "(({0}.school_id << 43) | ((1023 - MIN(MAX({0}.popularity, 0), 1023)) << 33) | {0}.id)"
OLD, NEW = ROW.format("old"), ROW.format("new")

WORDS = """CREATE VIRTUAL TABLE resource_text USING fts5 (
    search_text, content='', tokenize='unicode61 remove_diacritics 0', prefix='2 3 4'
)"""
WORDS_OF_ALL = f"""INSERT INTO resource_text (rowid, search_text)
    SELECT {ROW.format("resource")}, search_text FROM resource ORDER BY 1"""
WORDS_OF_NEW = f"""CREATE TRIGGER resource_text_new AFTER INSERT ON resource BEGIN
    INSERT INTO resource_text (rowid, search_text) VALUES ({NEW}, new.search_text);
END"""
WORDS_OF_GONE = f"""CREATE TRIGGER resource_text_gone AFTER DELETE ON resource BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', {OLD}, old.search_text);
END"""
WORDS_OF_CHANGED = f"""CREATE TRIGGER resource_text_changed AFTER UPDATE OF search_text, popularity ON resource
WHEN old.search_text <> new.search_text OR {OLD} <> {NEW} BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', {OLD}, old.search_text);
    INSERT INTO resource_text (rowid, search_text) VALUES ({NEW}, new.search_text);
END"""
KNOWN_WORDS = "CREATE VIRTUAL TABLE resource_vocabulary USING fts5vocab (resource_text, row)"

LEXEMES = """array_to_tsvector(ARRAY(SELECT DISTINCT {0}.school_id || word
    FROM unnest(string_to_array({0}.search_text, ' ')) AS word WHERE word {1}))"""
NAMED, ALL = "~ '^[\u1d57\u1d9c\u02e2].'", "<> ''"
COLUMNS = '"resource_id", "school_id", "popularity", "offered", "named", "words"'
VALUES = "{0}.id, {0}.school_id, {0}.popularity, {0}.state = 'offered', " + ", ".join(
    LEXEMES.replace("{1}", which) for which in (NAMED, ALL)
)
TABLE = """CREATE TABLE "resource_words" (
    "resource_id" bigint PRIMARY KEY REFERENCES "resource" ("id") ON DELETE CASCADE,
    "school_id" bigint NOT NULL,
    "popularity" int NOT NULL,
    "offered" boolean NOT NULL,
    "named" tsvector NOT NULL,
    "words" tsvector NOT NULL
) WITH (toast_tuple_target = 512)"""
# what is long stands apart, so that a walk through the table reads little; GIN alone looks into it
APART = """ALTER TABLE "resource_words" ALTER COLUMN "words" SET STORAGE EXTERNAL"""
FILL = f"""INSERT INTO "resource_words" ({COLUMNS}) SELECT {VALUES.format("r")}
    FROM "resource" r ORDER BY r.school_id, r.popularity DESC, r.id"""
IN_ORDER = """CREATE INDEX "resource_words_order" ON "resource_words" ("school_id", "popularity" DESC, "resource_id")
    WHERE "offered" """
BY_WORD = """CREATE INDEX "resource_words_words" ON "resource_words" USING gin ("words")"""
# words that a school no longer has stay, and are tried in vain; a word that two add at once stands twice, and none waits
KNOWN = """CREATE TABLE "resource_vocabulary" (
    "school_id" bigint NOT NULL REFERENCES "school" ("id") ON DELETE CASCADE,
    "word" text COLLATE "C" NOT NULL
)"""
KNOWN_BY_WORD = """CREATE INDEX "resource_vocabulary_word" ON "resource_vocabulary" ("school_id", "word")"""
TO_KNOW = """SELECT DISTINCT {0}.school_id, substr(word, 2) AS word
    FROM unnest(string_to_array({0}.search_text, ' ')) AS word WHERE word ~ '^[\u1d57\u1d9c]..'"""
FILL_KNOWN = f"""INSERT INTO "resource_vocabulary" ("school_id", "word") SELECT DISTINCT said.* FROM "resource" r
    CROSS JOIN LATERAL ({TO_KNOW.format("r")}) AS said"""
KEEP = f"""CREATE FUNCTION keep_resource_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.search_text = OLD.search_text THEN
        UPDATE "resource_words" SET "popularity" = NEW.popularity, "offered" = NEW.state = 'offered'
        WHERE "resource_id" = NEW.id
            AND ("popularity" <> NEW.popularity OR "offered" <> (NEW.state = 'offered'));
        RETURN NULL;
    END IF;
    INSERT INTO "resource_words" ({COLUMNS}) VALUES ({VALUES.format("NEW")})
    ON CONFLICT ("resource_id") DO UPDATE SET "popularity" = EXCLUDED."popularity",
        "offered" = EXCLUDED."offered", "named" = EXCLUDED."named", "words" = EXCLUDED."words";
    INSERT INTO "resource_vocabulary" ("school_id", "word") SELECT said.* FROM ({TO_KNOW.format("NEW")}) AS said
    WHERE NOT EXISTS (SELECT 1 FROM "resource_vocabulary" AS known
        WHERE known."school_id" = said.school_id AND known."word" = said.word COLLATE "C");
    RETURN NULL;
END $$"""
KEPT = """CREATE TRIGGER resource_words_kept AFTER INSERT OR UPDATE OF search_text, popularity, state ON "resource"
FOR EACH ROW EXECUTE FUNCTION keep_resource_words()"""

# it holds all that is asked of it, or SQLite takes the next one and walks through the whole school
BY_TITLE = """CREATE INDEX "idx_resource_by_title" ON "resource" ("school_id", "title_sort", "state", "popularity")"""
IN_PAGES = """CREATE INDEX "idx_resource_in_order" ON "resource"
    ("school_id", "popularity" DESC, "title_sort", "id")"""
# all that is counted beside a search, so that nothing else is read for it
COUNTED = """CREATE INDEX "idx_resource_counted" ON "resource" ("school_id", "state", "mode", "format", "audience_low",
    "audience_high", "language", "here", "online", "available", "pages", "minutes")"""

AS_BEFORE = """CREATE VIRTUAL TABLE resource_text USING fts5 (
    search_text, content='resource', content_rowid='id', tokenize='unicode61 remove_diacritics 0', prefix='2 3'
)"""
AS_BEFORE_NEW = """CREATE TRIGGER resource_text_new AFTER INSERT ON resource BEGIN
    INSERT INTO resource_text (rowid, search_text) VALUES (new.id, new.search_text);
END"""
AS_BEFORE_GONE = """CREATE TRIGGER resource_text_gone AFTER DELETE ON resource BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END"""
AS_BEFORE_CHANGED = """CREATE TRIGGER resource_text_changed AFTER UPDATE OF search_text ON resource BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO resource_text (rowid, search_text) VALUES (new.id, new.search_text);
END"""
AWAY = [
    "DROP TRIGGER resource_text_changed",
    "DROP TRIGGER resource_text_gone",
    "DROP TRIGGER resource_text_new",
]
NO_INDEXES = [f"DROP INDEX idx_resource_{name}" for name in ("by_title", "in_order", "counted")]


class Migration(migrations.Migration):
    dependencies = [("engage", "0009_link_checks")]

    operations = [
        DialectSQL(
            sqlite=[
                *AWAY,
                "DROP TABLE resource_text",
                WORDS,
                WORDS_OF_ALL,
                WORDS_OF_NEW,
                WORDS_OF_GONE,
                WORDS_OF_CHANGED,
                KNOWN_WORDS,
                BY_TITLE,
                IN_PAGES,
                COUNTED,
            ],
            postgres=[
                "DROP INDEX resource_text",
                TABLE,
                APART,
                FILL,
                IN_ORDER,
                BY_WORD,
                KNOWN,
                FILL_KNOWN,
                KNOWN_BY_WORD,
                KEEP,
                KEPT,
                BY_TITLE,
                IN_PAGES,
                COUNTED,
            ],
            sqlite_down=[
                *NO_INDEXES,
                "DROP TABLE resource_vocabulary",
                *AWAY,
                "DROP TABLE resource_text",
                AS_BEFORE,
                "INSERT INTO resource_text (resource_text) VALUES ('rebuild')",
                AS_BEFORE_NEW,
                AS_BEFORE_GONE,
                AS_BEFORE_CHANGED,
            ],
            postgres_down=[
                *NO_INDEXES,
                "DROP TRIGGER resource_words_kept ON resource",
                "DROP FUNCTION keep_resource_words",
                "DROP TABLE resource_vocabulary",
                "DROP TABLE resource_words",
                """CREATE INDEX "resource_text" ON "resource" USING gin (to_tsvector('simple', "search_text"))""",
            ],
        )
    ]
