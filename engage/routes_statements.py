"""The addresses of tokens, receivers of data and what has left, one row each; engage.routes puts them in place.

The matrix has no cell of its own for them. Tokens are a way in that an admin gives, as CLS10 is; receivers are set by
the district's admin alone, as ADM04 is; what has left is read by whoever reads the audit, ADM03 (DECISIONS.md).
"""

from engage.evaluation import disclosure_pages as disclosures
from engage.evaluation import receiver_pages as receivers
from engage.people import token_pages as tokens
from engage.web.limits import Cost
from engage.web.routing import Row, form, page, post

OUTSIDE: list[Row] = [
    page("/{school}/admin/tokens", tokens.tokens_page, "CLS10", name="people.tokens"),
    form("/{school}/admin/tokens/new", tokens.new_token, "CLS10"),
    post("/{school}/admin/tokens/{key}/revoke", tokens.revoke_token, "CLS10"),
    page("/{school}/admin/disclosed", disclosures.disclosed, "ADM03"),
    page("/{school}/admin/disclosed.csv", disclosures.disclosed_csv, "ADM03", seconds=20, cost=Cost.EXPORT),
    post("/{school}/admin/disclosed/{key}/settle", disclosures.settle_recall, "ADM03"),
    page("/{school}/admin/outside", receivers.receivers, "ADM04"),
    form("/{school}/admin/outside/new", receivers.new_receiver, "ADM04"),
    page("/{school}/admin/outside/{key}", receivers.receiver, "ADM04"),
    form("/{school}/admin/outside/{key}/change", receivers.change_receiver, "ADM04"),
    form("/{school}/admin/outside/{key}/sign", receivers.sign, "ADM04"),
    post("/{school}/admin/outside/{key}/agreements/{agreement}/end", receivers.end_agreement, "ADM04"),
    post("/{school}/admin/outside/{key}/try", receivers.try_receiver, "ADM04", seconds=45),
    post("/{school}/admin/outside/{key}/on", receivers.switch_on, "ADM04"),
    post("/{school}/admin/outside/{key}/off", receivers.switch_off, "ADM04"),
    post("/{school}/admin/outside/{key}/again", receivers.try_parked, "ADM04"),
    post("/{school}/admin/outside/{key}/let-go", receivers.let_go_of_receiver, "ADM04"),
]
