"""Why a request comes without its body: what ``opinion_portal/rsgi.py`` finds and a middleware says."""

# The key in the environment of such a request.
REFUSED = "portal.refused"
TOO_LONG = "too long"
NOT_TAKEN_IN = "not taken in"
