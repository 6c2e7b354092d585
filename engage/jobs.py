"""What is done in the background: every job of the house by name, and how often it comes round.

Wings queue work by `engage.database.queue`, which is the same `enqueue`; only the roof comes here.
"""

from engage.database.queue import enqueue, every, job
from engage.database.worker import Worker, tidy_jobs
from engage.lists.life import keep_time
from engage.lists.origin_changes import look_at_origins
from engage.lists.smart import refill_lists
from engage.lists.suggestions import forget_suggesters
from engage.people.once import forget_old_forms
from engage.people.sessions import forget_old_sessions
from engage.people.tries import forget_old_tries
from engage.programs.following import count_merged
from engage.programs.rebuild import notice_lists, recount
from engage.resources.catalogue import import_catalogue, tidy_uploads
from engage.resources.harvest import harvest
from engage.resources.link_checking import check_links
from engage.resources.picture_seeking import covers
from engage.resources.requests import forget_askers
from engage.resources.taking_back import take_back_import

__all__ = ["Worker", "enqueue", "every", "job"]

job("tidy_jobs")(tidy_jobs)
every("tidy_jobs", hours=6)

for tidy in (forget_old_sessions, forget_old_forms, forget_old_tries):
    job(tidy.__name__)(tidy)
    every(tidy.__name__, hours=6)

job("recount")(recount)
job("count_merged")(count_merged)
job("notice_lists")(notice_lists)
every("notice_lists", minutes=5)

job("keep_time")(keep_time)
every("keep_time", minutes=1)

job("refill_lists")(refill_lists)
every("refill_lists", hours=1)

job("look_at_origins")(look_at_origins)
every("look_at_origins", hours=1)

job("import_catalogue")(import_catalogue)
job("take_back_import")(take_back_import)
job("tidy_uploads")(tidy_uploads)
every("tidy_uploads", hours=24)

for forget in (forget_askers, forget_suggesters):
    job(forget.__name__)(forget)
    every(forget.__name__, hours=24)

job("check_links")(check_links)
every("check_links", hours=1)

job("covers")(covers)
every("covers", minutes=5)

job("harvest")(harvest)
every("harvest", minutes=5)
