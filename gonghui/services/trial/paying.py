"""试办: the bank's answer to a file of payments, which only the bank can give, is made up: everything arrived."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.organisations.models import Organisation
from gonghui.services import banking
from gonghui.services.models import Payment
from gonghui.services.trial.walkers import Hands, walks


@walks("grant.arrived")
def bank_answers(hands: Hands, matter: Matter) -> str:
    """A file to the bank with this payment alone, and its answer."""
    with as_system("the payment of the application"):
        payment = Payment.objects.get(application__matter=matter)
    payer = hands.clerk("treasurer", payment.holder_path)
    (batch,) = banking.make_batches(payer, Organisation.objects.get(path=payment.holder_path), only=(payment.pk,))
    banking.reconcile(payer, batch, [[payment.number, str(payment.amount), "成功"]])
    return _("做成付款文件交给银行；银行的回盘是编的，当作已到账。")
