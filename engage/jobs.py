"""What is done in the background: every job of the house by name, and how often it comes round.

Wings queue work by `engage.database.queue`, which is the same `enqueue`; only the roof comes here.
"""

from engage.classes.lti_scores import tell_courses
from engage.database.queue import enqueue, every, job
from engage.database.worker import Worker, tidy_jobs
from engage.engagement.rebuilding import fill_months
from engage.evaluation.arriving import tidy_statements
from engage.evaluation.folding import fold_statements
from engage.evaluation.sending import send_statements
from engage.evaluation.survey_actions import close_surveys
from engage.lists.life import keep_time
from engage.lists.origin_changes import look_at_origins
from engage.lists.smart import refill_lists
from engage.lists.suggestions import forget_suggesters
from engage.people.cards import void_old_cards
from engage.people.forgetting import forget_record_links
from engage.people.leaving import look_for_orphans
from engage.people.moving import forget_old_moves
from engage.people.oidc_attempts import forget_old_uses
from engage.people.once import forget_old_forms
from engage.people.roster_applying import tidy_rosters
from engage.people.roster_drop import take_rosters
from engage.people.sessions import forget_old_sessions
from engage.people.staff_access import forget_old_invitations
from engage.people.tries import forget_old_tries
from engage.programs.closing import close_programs
from engage.programs.enrolling import follow_roster, follow_rosters
from engage.programs.family import forget_old_links
from engage.programs.following import count_merged
from engage.programs.matching import count_matched
from engage.programs.rebuild import notice_lists, recount
from engage.programs.recommending import recommend
from engage.programs.reviewing import forget_rejected
from engage.promotion.judging import judge_displays
from engage.promotion.mailing import send_digest
from engage.register import finish_erasures, keep_retention
from engage.resources.catalogue import import_catalogue, tidy_uploads
from engage.resources.harvest import harvest
from engage.resources.link_checking import check_links
from engage.resources.picture_seeking import covers
from engage.resources.requests import forget_askers
from engage.resources.taking_back import take_back_import

__all__ = ["Worker", "enqueue", "every", "job"]

job("tidy_jobs")(tidy_jobs)
every("tidy_jobs", hours=6)

for tidy in (forget_old_sessions, forget_old_forms, forget_old_tries, forget_record_links, forget_old_uses):
    job(tidy.__name__)(tidy)
    every(tidy.__name__, hours=6)

job("take_rosters")(take_rosters)
every("take_rosters", hours=1)
job("tidy_rosters")(tidy_rosters)
every("tidy_rosters", hours=12)

job("follow_roster")(follow_roster)
job("follow_rosters")(follow_rosters)
every("follow_rosters", minutes=5)

for tidy in (void_old_cards, forget_old_invitations, forget_old_moves):
    job(tidy.__name__)(tidy)
    every(tidy.__name__, hours=24)

job("look_for_orphans")(look_for_orphans)
every("look_for_orphans", hours=24)

job("fill_months")(fill_months)
every("fill_months", hours=1)

job("close_programs")(close_programs)
every("close_programs", hours=1)

job("close_surveys")(close_surveys)
every("close_surveys", hours=1)

job("recount")(recount)
job("count_merged")(count_merged)
job("count_matched")(count_matched)
job("notice_lists")(notice_lists)
every("notice_lists", minutes=5)

job("send_digest")(send_digest)
job("judge_displays")(judge_displays)
every("judge_displays", hours=24)

job("recommend")(recommend)
every("recommend", minutes=15)

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

for forget in (
    forget_askers,
    forget_suggesters,
    forget_rejected,
    forget_old_links,
):
    job(forget.__name__)(forget)
    every(forget.__name__, hours=24)

job("keep_retention")(keep_retention)
every("keep_retention", hours=24)

job("finish_erasures")(finish_erasures)
every("finish_erasures", minutes=15)

job("check_links")(check_links)
every("check_links", hours=1)

job("covers")(covers)
every("covers", minutes=5)

job("harvest")(harvest)
every("harvest", minutes=5)

job("fold_statements")(fold_statements)
every("fold_statements", hours=1)
job("send_statements")(send_statements)
every("send_statements", minutes=1)
job("tidy_statements")(tidy_statements)
every("tidy_statements", hours=6)

job("tell_courses")(tell_courses)
every("tell_courses", minutes=5)
