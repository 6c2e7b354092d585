from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField
from engage.people.roster_rules import RosterState, Touched
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0029_zone_of_a_result")]

    initial = False

    operations = [
        ops.CreateModel(
            name="RosterChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="roster_changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "of_import",
                    fields.ForeignKeyField(
                        "engage.RosterImport",
                        source_field="of_import_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "what",
                    fields.CharEnumField(
                        description="PERSON: person\nROLE: role\nCLASS: class\nMEMBER: member\nCARD: card\nID: id",
                        enum_type=Touched,
                        max_length=12,
                    ),
                ),
                ("is_after", fields.BooleanField()),
                ("row_id", fields.BigIntField()),
                (
                    "person",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="roster_changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "school_class",
                    fields.ForeignKeyField(
                        "engage.SchoolClass",
                        source_field="school_class_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="roster_changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.TextField(db_default="", unique=False)),
                ("letter", fields.CharField(db_default="", max_length=4)),
                ("grade", fields.SmallIntField(null=True)),
                ("status", fields.CharField(db_default="", max_length=24)),
                ("gone_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("role", fields.CharField(db_default="", max_length=24)),
                ("year", fields.CharField(db_default="", max_length=12)),
                ("since", fields.DateField(null=True)),
                ("until", fields.DateField(null=True)),
                ("by_roster", fields.BooleanField(null=True)),
                ("at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("of_what", fields.CharField(db_default="", max_length=12)),
                ("hash", fields.CharField(db_default="", max_length=40)),
                ("secret", fields.CharField(db_default="", max_length=64)),
                ("card_key", fields.CharField(db_default="", max_length=13)),
                ("fate", fields.CharField(db_default="", max_length=12)),
            ],
            options={
                "table": "roster_change",
                "app": "engage",
                "indexes": [Index(fields=["school", "of_import", "what", "row_id"]), Index(fields=["person"])],
                "pk_attr": "id",
                "table_description": "A row that an applied roster touched, as it was before or as the roster left it, for a week (SAFETY.md, U3).",
            },
            bases=["Model"],
        ),
        ops.AlterField(
            model_name="RosterImport",
            name="state",
            field=fields.CharEnumField(
                default=RosterState.READING,
                description="READING: reading\nREAD: read\nAPPLIED: applied\nGIVEN_UP: given up\nTAKEN_BACK: taken back",
                enum_type=RosterState,
                max_length=24,
            ),
        ),
        ops.AddField(
            model_name="RosterImport",
            name="taken_back_at",
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
