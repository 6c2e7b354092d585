"""The addresses of platforms for courses (LTI 1.3), one row each; engage.routes puts them in place."""

from engage.classes import lti_admin_pages as admin
from engage.classes import lti_choosing_pages as choosing
from engage.classes import lti_pages as lti
from engage.web.routing import OPEN, Row, form, page, post

# the first two are pressed at a platform: see engage.web.csrf
COURSES: list[Row] = [
    form("/lti/login", lti.login, OPEN),
    post("/lti/launch", lti.launch, OPEN, seconds=40),
    form("/lti/join", lti.join, "CLS16"),
    page("/lti/jwks", lti.jwks, OPEN),
    page("/lti/config", lti.config, OPEN),
    post("/lti/choose", choosing.choose, OPEN),
]

PLATFORMS: list[Row] = [
    page("/{school}/admin/platforms", admin.platforms, "CLS10"),
    form("/{school}/admin/platforms/new", admin.new_platform, "CLS10"),
    form("/{school}/admin/platforms/{key}", admin.platform, "CLS10"),
    post("/{school}/admin/platforms/{key}/remove", admin.remove_platform, "CLS10"),
]
