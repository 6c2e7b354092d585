from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.engagement.rules import Kind
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0019_evidence")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="DailyFigure",
            name="kind",
            field=fields.CharEnumField(
                description="LIST_OPENED: list opened\nLIST_PUBLISHED: list published\nLIST_WITHDRAWN: list withdrawn\nRESOURCE_OPENED: resource opened\nRESOURCE_SAVED: resource saved\nRESOURCE_KEPT: resource kept\nLOGGED: logged\nFINISHED: finished\nSTOPPED: stopped\nPROGRAM_OPENED: program opened\nPROGRAM_JOINED: program joined\nPROGRAM_LEFT: program left\nPROGRAM_COMPLETED: program completed\nBADGE_EARNED: badge earned\nBADGE_WITHDRAWN: badge withdrawn\nASSIGNED: assigned\nDISPLAY_SHOWN: display shown\nENTRY_PROMOTED: entry promoted\nSOURCE_HARVESTED: source harvested\nREVIEW_APPROVED: review approved",
                enum_type=Kind,
                max_length=24,
            ),
        ),
        ops.AlterField(
            model_name="Engagement",
            name="kind",
            field=fields.CharEnumField(
                description="LIST_OPENED: list opened\nLIST_PUBLISHED: list published\nLIST_WITHDRAWN: list withdrawn\nRESOURCE_OPENED: resource opened\nRESOURCE_SAVED: resource saved\nRESOURCE_KEPT: resource kept\nLOGGED: logged\nFINISHED: finished\nSTOPPED: stopped\nPROGRAM_OPENED: program opened\nPROGRAM_JOINED: program joined\nPROGRAM_LEFT: program left\nPROGRAM_COMPLETED: program completed\nBADGE_EARNED: badge earned\nBADGE_WITHDRAWN: badge withdrawn\nASSIGNED: assigned\nDISPLAY_SHOWN: display shown\nENTRY_PROMOTED: entry promoted\nSOURCE_HARVESTED: source harvested\nREVIEW_APPROVED: review approved",
                enum_type=Kind,
                max_length=24,
            ),
        ),
        ops.AlterField(
            model_name="MonthFigure",
            name="kind",
            field=fields.CharEnumField(
                description="LIST_OPENED: list opened\nLIST_PUBLISHED: list published\nLIST_WITHDRAWN: list withdrawn\nRESOURCE_OPENED: resource opened\nRESOURCE_SAVED: resource saved\nRESOURCE_KEPT: resource kept\nLOGGED: logged\nFINISHED: finished\nSTOPPED: stopped\nPROGRAM_OPENED: program opened\nPROGRAM_JOINED: program joined\nPROGRAM_LEFT: program left\nPROGRAM_COMPLETED: program completed\nBADGE_EARNED: badge earned\nBADGE_WITHDRAWN: badge withdrawn\nASSIGNED: assigned\nDISPLAY_SHOWN: display shown\nENTRY_PROMOTED: entry promoted\nSOURCE_HARVESTED: source harvested\nREVIEW_APPROVED: review approved",
                enum_type=Kind,
                max_length=24,
            ),
        ),
        ops.AddField(
            model_name="School",
            name="staff_hours",
            field=fields.SmallIntField(null=True),
        ),
    ]
