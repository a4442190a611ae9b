"""The second lock: what waits for a second person is seen where its membership is; the register alone writes it."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
OF_MEMBERSHIP = f"{EVERYTHING} OR EXISTS (SELECT 1 FROM membership_membership m WHERE m.id = membership_id)"


class Migration(migrations.Migration):
    dependencies = [("membership", "0006_proposal")]

    operations = [lock_tables({"membership_membershipproposal": OF_MEMBERSHIP}, write=EVERYTHING)]
