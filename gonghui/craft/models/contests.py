"""技能竞赛 (handbook 5.9): contests, who takes part under which blind number, who judges, what was scored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.craft.models.showing import Expert, HandedOut
from gonghui.services.models import ObjectionFields

ACCOUNT = settings.AUTH_USER_MODEL


class Contest(models.Model):
    """竞赛: one contest in one trade. Its life is a matter of the flow `craft.contest`.

    `items` are the score sheet: `[{"code": "speed", "zh": "用时", "weight": 20}]`, weights together 100.
    `rounds` are the rounds before the final (初赛, 复赛), none for a contest of one round:
    `[{"code": "preliminary", "theory": 100, "places": 30, "most": 5, "least": 1}]`: the weight of the theory paper, how
    many go on, of one region at most (0: any number) and at least. `round` counts from 0; the last one is the final.
    """

    class Entry(models.TextChoices):
        SINGLE = "single", "个人赛"
        TEAM = "team", "团体赛"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="contest")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    brand = models.CharField(max_length=60, blank=True)
    trade = models.CharField(max_length=20, help_text="code of data/trades.yaml")
    level = models.CharField(max_length=10)
    plan = models.TextField(max_length=2000)
    budget = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    organiser = models.CharField(max_length=120, blank=True, help_text="承办")
    items = models.JSONField()
    theory = models.PositiveSmallIntegerField()
    practice = models.PositiveSmallIntegerField()
    entry = models.CharField(max_length=6, choices=Entry.choices, default=Entry.SINGLE)
    team_rule = models.CharField(max_length=20, blank=True, help_text="code of data/rounds.yaml, for teams")
    rounds = models.JSONField(default=list, blank=True)
    round = models.PositiveSmallIntegerField(default=0)
    offer = models.OneToOneField(
        "services.Offer", on_delete=models.PROTECT, related_name="contest", help_text="where people sign up"
    )
    published_at = models.DateTimeField(null=True, blank=True, help_text="of the ranking")
    lock_hash = models.CharField(max_length=64, blank=True, help_text="of all scores, once they are locked")
    summary = models.TextField(max_length=2000, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def final(self) -> bool:
        """Whether the round under way is the last one."""
        return self.round >= len(self.rounds)


class Contestant(models.Model):
    """选手: somebody admitted to a contest. Judges know the blind number alone. The scores are of the round under way;
    those of earlier rounds are `RoundResult`s. Who is out after a round keeps that round's result alone."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="contestants")
    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="contestant")
    unit = models.CharField(max_length=120)
    region = models.CharField(max_length=9, blank=True, help_text="of the unit, for the quotas of a round")
    registered_at = models.DateTimeField()
    out_after = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the round in which it ended")
    goes_on = models.BooleanField(null=True, blank=True, help_text="into the next round, once the scores are locked")
    blind_number = models.PositiveIntegerField(null=True, blank=True)
    theory = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    practice = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="time the practice took")
    safety = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    award = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "blind_number"], condition=Q(blind_number__isnull=False), name="one_blind_number"
            )
        ]

    def __str__(self) -> str:
        return f"contestant {self.pk}"


class RoundResult(models.Model):
    """一轮的成绩: what a contestant reached in a round that is over, as it was published."""

    contestant = models.ForeignKey(Contestant, on_delete=models.CASCADE, related_name="results")
    round = models.PositiveSmallIntegerField()
    blind_number = models.PositiveIntegerField()
    theory = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    practice = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    seconds = models.PositiveIntegerField(null=True)
    total = models.DecimalField(max_digits=6, decimal_places=2)
    rank = models.PositiveIntegerField()
    goes_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contestant", "round"], name="one_result_a_round")]

    def __str__(self) -> str:
        return f"result {self.contestant_id} {self.round}"


class Team(models.Model):
    """参赛队. Its members are contestants of their own; its score follows from theirs by the contest's rule."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=30)
    code = models.CharField(max_length=8, unique=True, help_text="by which colleagues join")
    made_at = models.DateTimeField()
    total = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    award = models.CharField(max_length=20, blank=True)
    out_after = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the round in which it ended")
    goes_on = models.BooleanField(null=True, blank=True)
    earlier = models.JSONField(default=list, blank=True, help_text="by round: [total, rank, goes on]")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "name"], name="one_team_a_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """队员: somebody who signed up and consented to compete in this team. One team a person and contest."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    application = models.OneToOneField("services.Application", on_delete=models.CASCADE, related_name="team_place")
    consented_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"member {self.application_id}"


class Judge(models.Model):
    """裁判: who judges a contest. Never somebody of the same unit (handbook 5.9). With an `expert` they sign in and
    hand in their own sheets; without one their sheets on paper are entered by staff.

    `rounds`: which rounds they judge, from 0; null: every round; empty: only the numbers given to them one by one
    (替补裁判).
    """

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="judges")
    name = models.CharField(max_length=30)
    unit = models.CharField(max_length=120)
    trade = models.CharField(max_length=60, blank=True)
    expert = models.ForeignKey(Expert, null=True, blank=True, on_delete=models.PROTECT, related_name="judgings")
    rounds = models.JSONField(null=True, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True, help_text="of the promise to judge fairly (回避承诺)")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "name", "unit"], name="one_judge"),
            models.UniqueConstraint(
                fields=["contest", "expert"], condition=Q(expert__isnull=False), name="one_judge_an_expert"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScoreSheet(models.Model):
    """评分表: one judge's scores for one blind number, by item, with the reason of each deduction."""

    contestant = models.ForeignKey(Contestant, on_delete=models.CASCADE, related_name="sheets")
    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="sheets")
    round = models.PositiveSmallIntegerField(default=0)
    points = models.JSONField(help_text="by item code: [score, reason of the deduction]")
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contestant", "judge", "round"], name="one_score_sheet")]

    def __str__(self) -> str:
        return f"sheet {self.contestant_id} {self.judge_id}"


class JudgeSheet(HandedOut):
    """评分任务 of a contest: one number of one round handed to one judge with an account. `draft`: what the judge typed
    and did not hand in, as typed, by item code: [score, reason of the deduction]."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="tasks")
    contestant = models.ForeignKey(Contestant, on_delete=models.CASCADE, related_name="tasks")
    round = models.PositiveSmallIntegerField()
    draft = models.JSONField(default=dict, blank=True)
    sheet = models.OneToOneField(ScoreSheet, null=True, blank=True, on_delete=models.SET_NULL, related_name="task")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge", "contestant", "round"], name="one_task_a_judge_and_number")
        ]

    def __str__(self) -> str:
        return f"task {self.judge_id} {self.contestant_id}"


class ContestObjection(ObjectionFields):
    """异议: anybody's, against a ranking under notice; settled before the awards."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="objections")
