"""What Tortoise cannot write: an index that counts only some rows, and the words of the catalogue."""

from tortoise import migrations

from engage.database.operations import DialectSQL

QUEUED_ONCE = """CREATE UNIQUE INDEX "uq_job_queued_key" ON "job" ("key") WHERE "state" = 'queued'"""

WORDS = """CREATE VIRTUAL TABLE resource_text USING fts5 (
    search_text, content='resource', content_rowid='id', tokenize='unicode61 remove_diacritics 0', prefix='2 3'
)"""
WORDS_OF_NEW = """CREATE TRIGGER resource_text_new AFTER INSERT ON resource BEGIN
    INSERT INTO resource_text (rowid, search_text) VALUES (new.id, new.search_text);
END"""
WORDS_OF_GONE = """CREATE TRIGGER resource_text_gone AFTER DELETE ON resource BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END"""
WORDS_OF_CHANGED = """CREATE TRIGGER resource_text_changed AFTER UPDATE OF search_text ON resource BEGIN
    INSERT INTO resource_text (resource_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO resource_text (rowid, search_text) VALUES (new.id, new.search_text);
END"""
WORDS_ON_POSTGRES = """CREATE INDEX "resource_text" ON "resource" USING gin (to_tsvector('simple', "search_text"))"""


class Migration(migrations.Migration):
    dependencies = [("engage", "0001_initial")]

    operations = [
        DialectSQL(
            sqlite=[QUEUED_ONCE, WORDS, WORDS_OF_NEW, WORDS_OF_GONE, WORDS_OF_CHANGED],
            postgres=[QUEUED_ONCE, WORDS_ON_POSTGRES],
            sqlite_down=[
                "DROP TRIGGER resource_text_changed",
                "DROP TRIGGER resource_text_gone",
                "DROP TRIGGER resource_text_new",
                "DROP TABLE resource_text",
                "DROP INDEX uq_job_queued_key",
            ],
            postgres_down=["DROP INDEX resource_text", "DROP INDEX uq_job_queued_key"],
        )
    ]
