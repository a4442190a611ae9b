"""The second lock: a proposal and a bargaining are seen where their matter is, with what hangs on them; what ties an
account to a unit, and what it has read, is that account's own; delegates and objections are the platform's."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"
OWN = f"{EVERYTHING} OR account_id = (SELECT gonghui_account())"
OF_PROPOSAL = f"{EVERYTHING} OR EXISTS (SELECT 1 FROM voice_proposal p WHERE p.id = proposal_id)"
OF_BARGAINING = f"{EVERYTHING} OR EXISTS (SELECT 1 FROM voice_bargaining b WHERE b.id = bargaining_id)"
TABLES = {
    "voice_unitworker": OWN,
    "voice_receipt": OWN,
    "voice_drivercover": OWN,
    "voice_proposal": of_matter("matter_id"),
    "voice_bargaining": of_matter("matter_id"),
    "voice_delegate": EVERYTHING,
    "voice_seconding": OF_PROPOSAL,
    "voice_scoresheet": OF_PROPOSAL,
    "voice_nominationobjection": EVERYTHING,
    "voice_topic": OF_BARGAINING,
    "voice_representative": OF_BARGAINING,
}


class Migration(migrations.Migration):
    dependencies = [("voice", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
