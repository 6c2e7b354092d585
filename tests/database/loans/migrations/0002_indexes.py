from tortoise import migrations

from engage.database.operations import DialectSQL

ONCE = """CREATE UNIQUE INDEX "uq_shelf_in_use" ON "loans_book" ("shelf") WHERE "withdrawn" IS {false}"""
ONCE_BY_ISBN = """CREATE UNIQUE INDEX "uq_isbn_in_use" ON "loans_book" ("isbn") WHERE "withdrawn" IS {false}"""
WORDS = "CREATE VIRTUAL TABLE loans_words USING fts5 (title, content='loans_book', content_rowid='id')"
NEW = """CREATE TRIGGER loans_words_new AFTER INSERT ON loans_book BEGIN
    INSERT INTO loans_words (rowid, title) VALUES (new.id, new.title);
END"""
GONE = """CREATE TRIGGER loans_words_gone AFTER DELETE ON loans_book BEGIN
    INSERT INTO loans_words (loans_words, rowid, title) VALUES ('delete', old.id, old.title);
END"""
WORDS_ON_POSTGRES = """CREATE INDEX loans_words ON loans_book USING gin (to_tsvector('simple', coalesce(title, '')))"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_first")]

    operations = [
        DialectSQL(
            sqlite=[ONCE.format(false="0"), ONCE_BY_ISBN.format(false="0"), WORDS, NEW, GONE],
            postgres=[ONCE.format(false="false"), ONCE_BY_ISBN.format(false="false"), WORDS_ON_POSTGRES],
        )
    ]
