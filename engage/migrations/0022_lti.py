from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import KeyField, UtcDatetimeField, new_key
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0021_places_of_a_period")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LtiKey",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("number", fields.IntField(unique=True)),
                ("private", fields.TextField(unique=False)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lti_key",
                "app": "engage",
                "pk_attr": "id",
                "table_description": "The key that we sign with, for all platforms. private: sealed with a key outside the database.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LtiPlatform",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", KeyField(default=new_key, unique=True, max_length=13)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lti_platforms",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=40)),
                ("issuer", fields.CharField(max_length=500)),
                ("client_id", fields.CharField(max_length=255)),
                ("deployments", fields.TextField(default="", unique=False)),
                ("authorize", fields.CharField(max_length=500)),
                ("token", fields.CharField(max_length=500)),
                ("keys", fields.CharField(max_length=500)),
                ("site", fields.CharField(max_length=255)),
                ("by_roster", fields.BooleanField(default=False)),
                ("scores", fields.BooleanField(default=False)),
                ("agreement", fields.TextField(default="", unique=False)),
                ("whole_district", fields.BooleanField(default=False)),
                ("on", fields.BooleanField(default=False)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "lti_platform",
                "app": "engage",
                "unique_together": (("issuer", "client_id"),),
                "indexes": [Index(fields=["school"])],
                "pk_attr": "id",
                "table_description": "A platform for courses, like Canvas or Moodle, from which people come to lists (LTI 1.3).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LtiLine",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lti_lines",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "platform",
                    fields.ForeignKeyField(
                        "engage.LtiPlatform",
                        source_field="platform_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lti_lines",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "curated",
                    fields.ForeignKeyField(
                        "engage.CuratedList",
                        source_field="curated_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lti_lines",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("hash", fields.CharField(unique=True, max_length=64)),
                ("private", fields.TextField(unique=False)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ("try_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("first_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("tries", fields.IntField(default=0)),
                ("sent_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("failure", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "lti_line",
                "app": "engage",
                "indexes": [
                    Index(fields=["person"]),
                    Index(fields=["try_at"]),
                    Index(fields=["school", "curated"]),
                    Index(fields=["platform"]),
                ],
                "pk_attr": "id",
                "table_description": "That a course of a platform wants to hear when somebody has finished a list.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LtiLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "platform",
                    fields.ForeignKeyField(
                        "engage.LtiPlatform",
                        source_field="platform_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lti_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("hash", fields.CharField(unique=True, max_length=64)),
                ("proved", fields.BooleanField(default=False)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lti_link",
                "app": "engage",
                "unique_together": (("platform", "person"),),
                "indexes": [Index(fields=["person"])],
                "pk_attr": "id",
                "table_description": "Whose account of a platform is whose.",
            },
            bases=["Model"],
        ),
    ]
