"""The pages that people read, in French, behind Airflow's own login; its API server serves them under /releve."""

from collections.abc import Awaitable, Callable

import psycopg
from airflow.api_fastapi.app import get_auth_manager
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from billing.pages import checks
from billing.pages.rendering import render

# Nothing is loaded from elsewhere, nothing runs, and only Airflow itself may show a page inside its own.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

MESSAGES = {
    401: ("Connexion nécessaire", "Cette page est réservée aux personnes connectées à Airflow."),
    403: ("Accès refusé", "Votre compte n’a pas le droit de lire ce traitement."),
    404: (
        "Aucun contrôle",
        "Aucun contrôle enregistré pour cette exécution\u00a0: elle n’en comporte pas, ou ne l’a pas atteint.",
    ),
}

app = FastAPI(title="Relevé", docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(checks.router)


@app.middleware("http")
async def set_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


@app.exception_handler(HTTPException)
def refused(request: Request, error: HTTPException) -> HTMLResponse:
    title, message = MESSAGES.get(error.status_code, ("Page introuvable", "Cette adresse ne mène à rien."))
    login = get_auth_manager().get_url_login(next_url=str(request.url)) if error.status_code == 401 else None
    return HTMLResponse(render("refused.html.jinja", title=title, message=message, login=login), error.status_code)


@app.exception_handler(psycopg.OperationalError)
def unreachable(request: Request, error: psycopg.OperationalError) -> HTMLResponse:
    message = "La base de facturation ne répond pas\u00a0: réessayez dans un instant, ou prévenez l’exploitation."
    return HTMLResponse(render("refused.html.jinja", title="Base injoignable", message=message, login=None), 503)
