"""The office's pages about sensing points: where they are, what their posters carry."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from opinion_portal import clock
from stations import selectors, services
from stations.forms import CodeChangeForm, PointFilterForm
from stations.links import point_url, unreachable_address
from stations.map import point_map
from stations.models import PointCode, SensingPoint
from stations.posters import poster_pdf, poster_pdfs
from stations.qr import qr_png, qr_svg


@office_page(Action.POINT_VIEW)
@require_safe
def point_list(request: OfficeRequest) -> HttpResponseBase:
    """The points the officer may see, filtered; with ``view=map`` also where they lie."""
    form = PointFilterForm(request.GET, officer=request.user)
    points = list(selectors.point_list(request.user, **form.filters))
    silent_since = clock.now() - selectors.RECENT
    page = {
        "form": form,
        "points": points,
        "silent_since": silent_since,
        "live_count": sum(point.live_code is not None for point in points),
        "silent_count": sum(not point.last_voice_at or point.last_voice_at < silent_since for point in points),
        "kind_count": len({point.kind for point in points}),
        "map": point_map(points) if request.GET.get("view") == "map" else None,
        "unreachable": unreachable_address(),
    }
    return render(request, "stations/point_list.html", page)


@office_page(Action.POINT_VIEW)
@require_safe
def point_detail(request: OfficeRequest, number: str) -> HttpResponseBase:
    """One point: where it is, what its poster carries, what came in lately."""
    point = selectors.point_for(request.user, number)
    code = selectors.live_code(point)
    page = {
        "point": point,
        "members": list(point.group.members.all()) if hasattr(point, "group") else [],
        "code": code,
        "link": point_url(code.code) if code else "",
        "unreachable": unreachable_address(),
        "codes": selectors.code_history(point),
        "activity": selectors.point_activity(point, clock.now()),
        "visits": selectors.recent_visits(point),
    }
    return render(request, "stations/point_detail.html", page)


@office_page(Action.POINT_POSTER)
@require_safe
def code_png(request: OfficeRequest, number: str) -> HttpResponseBase:
    """The QR code of the point's live code as PNG."""
    return _code_file(request, number, lambda code: qr_png(point_url(code.code)), "png")


@office_page(Action.POINT_POSTER)
@require_safe
def code_svg(request: OfficeRequest, number: str) -> HttpResponseBase:
    """The same as SVG, for print shops and for the page itself."""
    return _code_file(request, number, lambda code: qr_svg(point_url(code.code)), "svg")


@office_page(Action.POINT_POSTER)
@require_safe
def poster(request: OfficeRequest, number: str) -> HttpResponseBase:
    """The A4 poster of the point as PDF."""
    return _code_file(request, number, poster_pdf, "pdf")


def _code_file(
    request: OfficeRequest, number: str, make: Callable[[PointCode], bytes], ending: str
) -> HttpResponseBase:
    point = selectors.point_for(request.user, number, Action.POINT_POSTER)
    code = selectors.live_code(point)
    if code is None:
        messages.warning(request, _("This point has no live code, so there is nothing to print. Issue a code first."))
        return redirect("stations:detail", number=point.code)
    return FileResponse(BytesIO(make(code)), as_attachment=True, filename=f"{point.code} {point.name}.{ending}")


@office_page(Action.POINT_POSTER)
@require_safe
def posters(request: OfficeRequest) -> HttpResponseBase:
    """The posters of all points with a live code that the officer may print, as one ZIP."""
    codes = list(selectors.live_codes(request.user))
    if not codes:
        messages.warning(request, _("None of these points has a live code, so there is nothing to print."))
        return redirect("stations:list")
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        for code, pdf in zip(codes, poster_pdfs(codes), strict=True):
            archive.writestr(f"{code.point.code} {code.point.name}.pdf", pdf)
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=f"posters-{clock.bureau_day(clock.now())}.zip")


@office_page(Action.POINT_CODE_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def code_rotate(request: OfficeRequest, number: str, code_id: int) -> HttpResponseBase:
    """Ask for the reason, then replace the code by a new one."""
    code = selectors.code_for(request.user, number, code_id)

    def change(reason: str) -> str:
        services.code_rotate(code=code, reason=reason, actor=request.user)
        return _("The point has a new code. Print the new poster and take the old one down.")

    return _code_change(request, code.point, "rotate", code, change)


@office_page(Action.POINT_CODE_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def code_revoke(request: OfficeRequest, number: str, code_id: int) -> HttpResponseBase:
    """Ask for the reason, then revoke the code without a new one."""
    code = selectors.code_for(request.user, number, code_id)

    def change(reason: str) -> str:
        services.code_revoke(code=code, reason=reason, actor=request.user)
        return _("The code is revoked. What still comes in under it is kept and marked.")

    return _code_change(request, code.point, "revoke", code, change)


@office_page(Action.POINT_CODE_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def code_issue(request: OfficeRequest, number: str) -> HttpResponseBase:
    """Ask for the reason, then give a point without a live code a new one."""
    point = selectors.point_for(request.user, number, Action.POINT_CODE_CHANGE)

    def change(reason: str) -> str:
        services.code_issue(point=point, reason=reason, actor=request.user)
        return _("The point has a code again. Print its poster.")

    return _code_change(request, point, "issue", selectors.live_code(point), change)


def _code_change(
    request: OfficeRequest, point: SensingPoint, act: str, code: PointCode | None, change: Callable[[str], str]
) -> HttpResponseBase:
    """Show the confirmation page; on a valid answer ``change`` and go back to the point with what it says.

    A code that is no longer what this act needs is shown with who changed it, when and why, and no form.
    """
    form = CodeChangeForm(request.POST or None)
    page = {"point": point, "act": act, "code": code, "form": form, "taken": _taken(act, code)}
    if request.method != "POST" or page["taken"] or not form.is_valid():
        return _code_page(request, page)
    try:
        done = change(form.cleaned_data["reason"])
    except services.CodeChanged as changed:
        return _code_page(request, page | {"taken": changed.code})
    messages.success(request, done)
    return redirect("stations:detail", number=point.code)


def _taken(act: str, code: PointCode | None) -> PointCode | None:
    needs_live = act != "issue"
    return code if code and needs_live == (code.revoked_at is not None) else None


def _code_page(request: OfficeRequest, page: dict[str, object]) -> HttpResponse:
    status = 409 if page["taken"] and request.method == "POST" else 200
    return render(request, "stations/code_change.html", page, status=status)
