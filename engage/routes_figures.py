"""The addresses of indicators and of the district's figures, one row each; engage.routes puts them in place."""

from engage.evaluation import district_pages as districts
from engage.evaluation import figures_pages as figures
from engage.web.limits import Cost
from engage.web.routing import Row, form, page

FIGURES: list[Row] = [
    page("/district", districts.to_district, "REP04"),
    page("/district/evaluation", districts.district, "REP04", cost=Cost.REPORT),
    page("/district/evaluation.csv", districts.district_csv, "REP04", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/indicators", figures.all_figures, "REP02", cost=Cost.REPORT),
    page("/{school}/evaluation/indicators/{figure}.csv", figures.figure_csv, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/indicators/{figure}.xlsx", figures.figure_xlsx, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/indicators/{figure}.json", figures.figure_json, "REP02", seconds=20, cost=Cost.REPORT),
    page("/{school}/evaluation/indicators/{figure}", figures.figure, "REP02", cost=Cost.REPORT),
    form("/{school}/evaluation/staff", figures.staff, "REP06"),
    form("/{school}/evaluation/limits", figures.limits, "REP07"),
]
