"""What Airflow itself loads: the pages under /releve, and where its own screens lead to them."""

from typing import Any

from airflow.plugins_manager import AirflowPlugin


class Pages:
    """The pages' application, imported at the first request: every task loads this file, and pays nothing for it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from billing.pages.app import app

        await app(scope, receive, send)


class BillingPlugin(AirflowPlugin):
    # The button of a gate's task is on its operator: registered here, its address would be computed at each look.
    name = "releve"
    fastapi_apps = [{"name": "releve", "app": Pages(), "url_prefix": "/releve"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {"name": "Contrôles", "href": "/releve/checks", "destination": "nav", "url_route": "controles"},
        {
            "name": "Contrôles",
            "href": "/releve/checks/{DAG_ID}/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "controles-run",
        },
    ]
