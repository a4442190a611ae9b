"""大思政课 and 技能课程: courses with lessons and questions, how far somebody has learned, certificates, targets.

A session (场次) or class (班次) is an `Offer` of the services; `data["course"]` names its course.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Course(models.Model):
    """课程: what is taught. Reviewed by a second person before it is seen or held (审查, handbook 5.15)."""

    class Kind(models.TextChoices):
        LECTURE = "lecture", "大思政课"
        SKILL = "skill", "技能课程"

    class Speaker(models.TextChoices):
        MODEL = "model", "劳模"
        CRAFTSMAN = "craftsman", "工匠"
        YOUNG = "young", "青年职工"
        EXPERT = "expert", "专家"
        TEACHER = "teacher", "教师"

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEW = "review", "待审核"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已下架"

    kind = models.CharField("类型", max_length=8, choices=Kind.choices)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="courses")
    title = models.CharField("名称", max_length=80)
    series = models.CharField("系列或工种", max_length=60, blank=True)
    level = models.CharField("级别", max_length=30, blank=True)
    about = models.TextField("讲什么、学到什么", max_length=1000)
    speaker = models.CharField("主讲人", max_length=40, blank=True)
    speaker_kind = models.CharField("主讲人身份", max_length=10, choices=Speaker.choices, blank=True)
    hours = models.DecimalField("学时", max_digits=5, decimal_places=1, default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    sent_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    changed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "status"], name="course_kind")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "title"], name="one_course_a_title"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="course_has_hours"),
        ]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """课时: a text or a video that we host, and how long it takes."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    place = models.PositiveSmallIntegerField("第几课")
    title = models.CharField("标题", max_length=80)
    body = models.TextField("正文", max_length=20000, blank=True)
    minutes = models.PositiveSmallIntegerField("时长（分钟）")
    video_name = models.CharField(max_length=80, blank=True)
    video_mime = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "place"], name="one_lesson_a_place"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="lesson_takes_time"),
        ]

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """测验题: one or several of its choices are right (`right`: their places, from 0)."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="questions")
    stem = models.CharField("题目", max_length=300)
    choices = models.JSONField()
    right = models.JSONField()
    why = models.CharField("讲解", max_length=300, blank=True)

    def __str__(self) -> str:
        return self.stem


class Progress(models.Model):
    """学习进度: of one lesson in one application."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="lesson_progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="progress")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0, help_text="of the video that were played")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "lesson"], name="one_progress_a_lesson")]

    def __str__(self) -> str:
        return f"progress {self.matter_id} {self.lesson_id}"


class Attempt(models.Model):
    """测验一次: how many in a hundred were right."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="quiz_attempts")
    score = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    given = models.JSONField(default=dict, help_text="the places chosen, by question")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__lte=100), name="attempt_in_a_hundred")]

    def __str__(self) -> str:
        return f"attempt {self.matter_id} {self.score}"


class Certificate(models.Model):
    """证书、学时证明: anybody who has its number can check it; the name is shown masked."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="certificate")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="certificates")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.CharField(max_length=30, unique=True)
    holder_name = EncryptedTextField(blank=True)
    title = models.CharField(max_length=80, help_text="of the course, as it was")
    hours = models.DecimalField(max_digits=5, decimal_places=1)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "issued_at"], name="certificate_account")]

    def __str__(self) -> str:
        return self.number


class SessionRecord(models.Model):
    """场次记录: how many came who had not signed up, and what was done. With photo and sign sheet it is evidence."""

    offer = models.OneToOneField("services.Offer", on_delete=models.PROTECT, related_name="record")
    others = models.PositiveIntegerField("未报名到场人数", default=0)
    summary = models.TextField("情况记录", max_length=1000, blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"record {self.offer_id}"


class Evidence(models.Model):
    """佐证: a photo of the session or its sign sheet."""

    class Kind(models.TextChoices):
        PHOTO = "photo", "现场照片"
        SHEET = "sheet", "签到表"

    record = models.ForeignKey(SessionRecord, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.original_name


class Teaching(models.Model):
    """授课登记: who taught a session, of which title, for how many hours. The honorarium is reckoned from it."""

    offer = models.OneToOneField("services.Offer", on_delete=models.PROTECT, related_name="teaching")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="teachings")
    lecturer_name = EncryptedTextField()
    title = models.CharField(max_length=20, help_text="code of data/honoraria.yaml")
    title_proof = models.CharField("职称或身份凭据", max_length=200)
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="teaching_has_hours")]

    def __str__(self) -> str:
        return f"teaching {self.offer_id}"


class SpeakerQuestion(models.Model):
    """听众提问: to the speaker, and what was said to it."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="speaker_questions")
    offer = models.ForeignKey("services.Offer", on_delete=models.PROTECT, related_name="speaker_questions")
    asked_text = EncryptedTextField()
    said_text = EncryptedTextField(blank=True)
    said_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"question {self.pk}"


class Target(models.Model):
    """任务目标: sessions and person-times to reach in a year, or in one quarter of it (`quarter` 0: the year)."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="targets")
    year = models.PositiveSmallIntegerField("年份")
    quarter = models.PositiveSmallIntegerField("季度", default=0)
    sessions = models.PositiveIntegerField("场次")
    people = models.PositiveIntegerField("人次")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "quarter"], name="one_target_a_period"),
            models.CheckConstraint(condition=Q(quarter__lte=4), name="target_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}/{self.quarter}"
