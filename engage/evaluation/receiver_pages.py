"""The pages of receivers: where data of the district's schools go, for its admin and nobody else (ADM04)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.evaluation import endpoint_actions as actions
from engage.evaluation import endpoint_queries as queries
from engage.evaluation.endpoint_actions import Wanted
from engage.evaluation.receiver_forms import AgreementForm, ReceiverForm
from engage.evaluation.sending import try_now
from engage.evaluation.statement_models import Endpoint
from engage.evaluation.statement_rules import Data, Speech, Waits, Way, may_leave
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved


async def receivers(request: Request) -> Response:
    """Where data go."""
    return render(request, "evaluation/receivers.html", receivers=await queries.receivers_for(request.user))


async def new_receiver(request: Request) -> Response:
    """Set a receiver up; who one is has to be proved first."""
    queries.check_sets_receivers(request.user)
    if not proved(request):
        return to_prove(request)
    schools = await queries.schools_of_district(request.user)
    preset = {"kinds": [Data.USE.value], "schools": [key for key, _ in schools]}
    form = await ReceiverForm.read(request, {"schools": schools}, **preset)
    if form.complete:
        try:
            settings = request.app.settings
            key = await actions.set_receiver(
                wanted_in(form), settings.secret_key, settings.allowed_outside, form.key, by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is set up, and still switched off. Try it, then switch it on.")
            return see_other(request, "evaluation.receiver", key=key)
    return render(request, "evaluation/receiver_edit.html", form.status, form=form, endpoint=None)


def wanted_in(form: ReceiverForm) -> Wanted:
    """What was filled in."""
    return Wanted(
        form.name.data,
        Speech(form.speech.data),
        form.address.data,
        Way(form.way.data),
        form.login.data or "",
        form.secret.data or "",
        tuple(Data(kind) for kind in form.kinds.data),
        tuple(form.schools.data),
    )


async def receiver(request: Request) -> Response:
    """One receiver: how it is, what it may get, what was signed, and what happened."""
    endpoint = await _endpoint(request)
    today = dates.today(request.user.school.zone)
    signed = await queries.signed_for(endpoint.id)
    kinds = queries.kinds_of(endpoint)
    leave = may_leave(kinds, today, signed)
    counts = await queries.waiting_of(endpoint)
    return render(
        request,
        "evaluation/receiver.html",
        endpoint=endpoint,
        speech=Speech(endpoint.speech).words,
        words=queries.in_words(vars_of(endpoint)),
        kinds=[(kind, kind in leave) for kind in kinds],
        schools=await queries.school_names_of(endpoint),
        waiting=counts.get(Waits.WAITING, 0),
        parked=await queries.parked_of(endpoint),
        agreements=await queries.agreements_of(endpoint, today),
        notes=await queries.notes_of(endpoint),
    )


def vars_of(endpoint: Endpoint) -> dict[str, Any]:
    """What says how a receiver is."""
    return {"is_on": endpoint.is_on, "state": endpoint.state, "problem": endpoint.problem}


async def change_receiver(request: Request) -> Response:
    """Change a receiver; the key that is there stays where none is written."""
    endpoint = await _endpoint(request)
    if not proved(request):
        return to_prove(request)
    schools = await queries.schools_of_district(request.user)
    form = await ReceiverForm.read(
        request,
        {"schools": schools},
        name=endpoint.name,
        speech=endpoint.speech,
        address=endpoint.address,
        way=endpoint.way,
        login=endpoint.login,
        kinds=[kind.value for kind in queries.kinds_of(endpoint)],
        schools=await queries.school_keys_of(endpoint),
    )
    if form.complete:
        try:
            settings = request.app.settings
            await actions.change_receiver(
                endpoint.key, wanted_in(form), settings.secret_key, settings.allowed_outside, by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is changed. Try it once more.")
            return see_other(request, "evaluation.receiver", key=endpoint.key)
    return render(request, "evaluation/receiver_edit.html", form.status, form=form, endpoint=endpoint)


async def sign(request: Request) -> Response:
    """Put an agreement on file."""
    endpoint = await _endpoint(request)
    if not proved(request):
        return to_prove(request)
    form = await AgreementForm.read(request, kinds=[])
    if form.complete:
        try:
            await actions.sign(
                endpoint.key,
                [Data(kind) for kind in form.kinds.data],
                form.signed_by.data,
                form.where.data or "",
                form.signed_on.data,
                form.until.data,
                form.key,
                by=request.user,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The agreement is on file.")
            return see_other(request, "evaluation.receiver", key=endpoint.key)
    return render(request, "evaluation/agreement.html", form.status, form=form, endpoint=endpoint)


async def end_agreement(request: Request) -> Response:
    """An agreement holds no longer."""
    if (ask := _unproved(request)) is not None:
        return ask
    await actions.end_agreement(request.path_params["key"], request.path_params["agreement"], by=request.user)
    say(request, "It holds no longer. What waited under it goes nowhere.")
    return _back(request)


async def try_receiver(request: Request) -> Response:
    """Send one test statement that says nothing of anybody."""
    endpoint = await _endpoint(request)
    taken, words = await try_now(endpoint, request.app.settings, by=request.user)
    say(request, words, "done" if taken else "wrong")
    return _back(request)


async def switch_on(request: Request) -> Response:
    """Let data go, from now on; also a receiver that was stopped."""
    if (ask := _unproved(request)) is not None:
        return ask
    await actions.switch(request.path_params["key"], True, by=request.user)
    say(request, "It is switched on. What happens from now on goes out two days later.")
    return _back(request)


async def switch_off(request: Request) -> Response:
    """Nothing leaves any more."""
    await actions.switch(request.path_params["key"], False, by=request.user)
    say(request, "It is switched off. Nothing leaves.")
    return _back(request)


async def try_parked(request: Request) -> Response:
    """Send what was set aside once more."""
    number = await actions.try_again(request.path_params["key"], by=request.user)
    say(request, f"{number} {'statement is' if number == 1 else 'statements are'} sent once more.")
    return _back(request)


async def let_go_of_receiver(request: Request) -> Response:
    """Nothing goes to this receiver any more, and its key is forgotten."""
    if (ask := _unproved(request)) is not None:
        return ask
    await actions.let_go(request.path_params["key"], by=request.user)
    say(request, "It gets nothing any more, and its key is forgotten. What it got stays written down.")
    return see_other(request, "evaluation.receivers")


async def _endpoint(request: Request) -> Endpoint:
    return await queries.receiver_for(request.user, request.path_params["key"])


def _back(request: Request) -> Response:
    return see_other(request, "evaluation.receiver", key=request.path_params["key"])


def _unproved(request: Request) -> Response | None:
    queries.check_sets_receivers(request.user)
    if proved(request):
        return None
    return to_prove(request, path_for(request, "evaluation.receiver", key=request.path_params["key"]))
