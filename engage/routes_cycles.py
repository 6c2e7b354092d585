"""The addresses of evaluation: cycles, frameworks, surveys and reports, one row each; engage.routes joins them."""

from engage.evaluation import answering_pages as answering
from engage.evaluation import evidence_pages as evidence
from engage.evaluation import framework_pages as frameworks
from engage.evaluation import pages as evaluation
from engage.evaluation import report_pages as reports
from engage.evaluation import survey_pages as surveys
from engage.web.limits import Cost
from engage.web.routing import Row, form, page, post

FRAMEWORKS: list[Row] = [
    page("/{school}/evaluation/frameworks", frameworks.frameworks, "REP02"),
    form("/{school}/evaluation/frameworks/new", frameworks.new_framework, "REP06"),
    form("/{school}/evaluation/frameworks/bring", frameworks.bring_framework, "REP06", upload=True, cost=Cost.IMPORT),
    page("/{school}/evaluation/frameworks/{key}", frameworks.framework, "REP02"),
    page("/{school}/evaluation/frameworks/{key}/framework.json", frameworks.framework_json, "REP02", cost=Cost.EXPORT),
    form("/{school}/evaluation/frameworks/{key}/title", frameworks.edit_framework, "REP06"),
    post("/{school}/evaluation/frameworks/{key}/delete", frameworks.delete_framework, "REP06"),
    form("/{school}/evaluation/frameworks/{key}/new", frameworks.new_criterion, "REP06"),
    form("/{school}/evaluation/frameworks/{key}/criteria/{code}", frameworks.edit_criterion, "REP06"),
    post("/{school}/evaluation/frameworks/{key}/criteria/{code}/take-out", frameworks.drop_criterion, "REP06"),
]

SURVEYS: list[Row] = [
    page("/{school}/surveys", answering.surveys_for_me, "LST02"),
    form("/{school}/surveys/{key}", answering.answer_survey, "LST02"),
    page("/{school}/evaluation/surveys", surveys.surveys, "REP02"),
    form("/{school}/evaluation/surveys/new", surveys.new_survey, "REP06"),
    page("/{school}/evaluation/surveys/{key}", surveys.survey, "REP02"),
    page("/{school}/evaluation/surveys/{key}/results.csv", surveys.survey_csv, "REP02", seconds=20, cost=Cost.EXPORT),
    page("/{school}/evaluation/surveys/{key}/results.xlsx", surveys.survey_xlsx, "REP02", seconds=20, cost=Cost.EXPORT),
    form("/{school}/evaluation/surveys/{key}/change", surveys.edit_survey, "REP06"),
    post("/{school}/evaluation/surveys/{key}/questions", surveys.add_question, "REP06"),
    post("/{school}/evaluation/surveys/{key}/questions/{question}/take-out", surveys.remove_question, "REP06"),
    post("/{school}/evaluation/surveys/{key}/open", surveys.open_survey, "REP06"),
    post("/{school}/evaluation/surveys/{key}/close", surveys.close_survey, "REP06"),
    post("/{school}/evaluation/surveys/{key}/delete", surveys.delete_survey, "REP06"),
    post("/{school}/evaluation/surveys/{key}/texts/{text}/remove", surveys.remove_text, "REP06"),
]

CYCLES: list[Row] = [
    form("/{school}/evaluation/start", evaluation.start, "REP06"),
    page("/{school}/evaluation/{cycle}", evaluation.show, "REP02", cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/at-a-glance", evaluation.glance, "REP02", cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/report", reports.report, "REP02", cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/report.csv", reports.report_csv, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/report.json", reports.report_json, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/report.xlsx", reports.report_xlsx, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/report.pdf", reports.report_pdf, "REP02", seconds=20, cost=Cost.REPORT),
    post("/{school}/evaluation/{cycle}/freeze", reports.freeze, "REP06", cost=Cost.REPORT),
    form("/{school}/evaluation/{cycle}/close", evaluation.close, "REP06", cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/frozen/{key}", reports.frozen, "REP02"),
    page(
        "/{school}/evaluation/{cycle}/frozen/{key}/report.csv",
        reports.frozen_csv,
        "REP02",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page(
        "/{school}/evaluation/{cycle}/frozen/{key}/report.json",
        reports.frozen_json,
        "REP02",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page(
        "/{school}/evaluation/{cycle}/frozen/{key}/report.xlsx",
        reports.frozen_xlsx,
        "REP02",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page(
        "/{school}/evaluation/{cycle}/frozen/{key}/report.pdf",
        reports.frozen_pdf,
        "REP02",
        seconds=20,
        cost=Cost.EXPORT,
    ),
    page("/{school}/evaluation/{cycle}/criteria/{code}", evaluation.criterion, "REP02", cost=Cost.REPORT),
    post("/{school}/evaluation/{cycle}/criteria/{code}/rating", evaluation.rate, "REP06", cost=Cost.REPORT),
    form("/{school}/evaluation/{cycle}/criteria/{code}/evidence", evidence.add_thing, "REP06", cost=Cost.REPORT),
    post(
        "/{school}/evaluation/{cycle}/criteria/{code}/evidence/file",
        evidence.add_file,
        "REP06",
        upload=True,
        cost=Cost.REPORT,
    ),
    post(
        "/{school}/evaluation/{cycle}/criteria/{code}/evidence/address", evidence.add_address, "REP06", cost=Cost.REPORT
    ),
    form("/{school}/evaluation/{cycle}/criteria/{code}/actions/new", evidence.plan_action, "REP06", cost=Cost.REPORT),
    page("/{school}/evaluation/{cycle}/evidence/{key}", evidence.evidence, "REP02"),
    page("/{school}/evaluation/{cycle}/evidence/{key}/file", evidence.evidence_file, "REP02", seconds=20),
    post("/{school}/evaluation/{cycle}/evidence/{key}/take-away", evidence.remove_evidence, "REP06"),
    form("/{school}/evaluation/{cycle}/actions/{key}", evidence.change_action, "REP06"),
    form("/{school}/evaluation/{cycle}/objectives/new", evaluation.new, "REP06"),
    form("/{school}/evaluation/{cycle}/objectives/{key}", evaluation.edit, "REP06"),
]
