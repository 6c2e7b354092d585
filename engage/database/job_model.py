"""The tables of jobs: what waits to be done in the background, and which hours of the timetable were called."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import UtcDatetimeField


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """One job. args: JSON of plain values, ids rather than names.

    attempts: how often it was begun, and the number that fences off a worker who comes late.
    key: of those that are queued only one has it. problem: kind and place of what went wrong, never what it was about.
    found: what the job reported, a count of what it did.
    """

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=60)
    key = fields.CharField(max_length=120, null=True)
    args = fields.TextField(default="{}")
    state = fields.CharEnumField(JobState, max_length=24, default=JobState.QUEUED)
    run_at = UtcDatetimeField()
    lease_until = UtcDatetimeField(null=True)
    attempts = fields.IntField(default=0)
    problem = fields.TextField(default="")
    found = fields.IntField(null=True)
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "job"
        indexes = (("state", "run_at"),)


class Tick(Model):
    """One hour of the timetable that was called. key: name@slot."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=120, unique=True)
    at = UtcDatetimeField()

    class Meta:
        table = "tick"
        indexes = (("at",),)
