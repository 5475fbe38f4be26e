"""`GET /metrics`, for the operator's Prometheus."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..access import Operator
from .tally import Tally


def metrics(tally: Tally, operator: Operator) -> Route:
    """Where nobody is the operator, there is nothing; who is not, is told what to bring."""

    async def show(request: Request) -> Response:
        if not operator.meets(request):
            return PlainTextResponse("Not Found", 404)
        if not operator.is_in(request):
            return PlainTextResponse("This is the operator's; send OPERATOR_TOKEN as Bearer.", 401)
        return Response(tally.page(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", show, methods=["GET"])
