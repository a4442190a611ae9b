"""The second lock: photos and spoken codes are seen where their membership is; the register alone writes them."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
OF_MEMBERSHIP = f"{EVERYTHING} OR EXISTS (SELECT 1 FROM membership_membership m WHERE m.id = membership_id)"


class Migration(migrations.Migration):
    dependencies = [("membership", "0003_card_photo")]

    operations = [
        lock_tables(
            {"membership_cardphoto": OF_MEMBERSHIP, "membership_cardcode": OF_MEMBERSHIP},
            write=EVERYTHING,
        )
    ]
