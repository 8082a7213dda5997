"""What is the office: the only part of the portal with logins and cookies."""

from django.http import HttpRequest

OFFICE = "/office/"


def is_office(request: HttpRequest) -> bool:
    """Whether the request is for the office; every other one is a resident's or a programme's."""
    return request.path_info.startswith(OFFICE)
