"""The pages that look like phones: plain HTML without a script, Chinese with English beside it."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from followup.carrier.store import Message, Push, Reply
from followup.carrier.wire import CHINA

STYLE = (Path(__file__).parent / "phone.css").read_bytes()
# Nothing inline, nothing foreign, nothing that could be framed.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # "no-referrer" would take the Origin from our own form
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TEXT_LENGTH = 500
SENDER = "1069 0110"
# Only ASCII, as phones see it: the Chinese that follows an address without a space is not part of it.
LINK = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]*[\w/=&#%-]", re.ASCII)
REPLY_STATES = {
    "done": ("✓", "portal-has", "平台已收到", "The portal has it"),
    "waiting": ("…", "portal-waits", "正在转交平台", "On its way"),
    "gave_up": ("!", "portal-lost", "平台没有收到", "Not taken"),
    "": ("–", "portal-none", "没有可转交的平台", "No portal"),
}


def both(chinese: str, english: str) -> str:
    return f'{escape(chinese)} <span class="english" lang="en">{escape(english)}</span>'


def page(title: str, body: str) -> bytes:
    return f"""<!doctype html>
<html lang="zh-Hans">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · 模拟运营商 Simulated carrier</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/phone.css">
</head>
<body>
<header class="notice">
<strong>{both("模拟运营商", "Simulated carrier")}</strong>
<p>{both("这里不会发出任何真实短信，只显示平台想发的内容。", "Nothing is sent; this shows what would have been.")}</p>
</header>
<main>
{body}
</main>
</body>
</html>
""".encode()


def numbers_page(latest: Sequence[Message]) -> bytes:
    """All phones that were written to, the latest first."""
    rows = "".join(_number_row(message) for message in latest)
    none_yet = f'<p class="empty">{both("还没有短信。", "No message yet.")}</p>'
    body = f"""<section class="numbers">
<h1>{both("手机", "Phones")}</h1>
{f"<ul>{rows}</ul>" if rows else none_yet}
<p class="again"><a href="/">{both("刷新", "Refresh")}</a></p>
</section>"""
    return page("手机 Phones", body)


def _number_row(message: Message) -> str:
    return f"""<li><a href="/phone/{escape(message.phone)}">
<span class="number">{_spaced(message.phone)}</span>{_moment(message.accepted_at)}
<span class="snippet">{escape(message.text)}</span></a></li>"""


def phone_page(
    messages: Sequence[Message],
    replies: Sequence[Reply],
    pushes: Sequence[Push],
    now: float,
    *,
    problem: str = "",
    typed: str = "",
) -> bytes:
    """One phone with what it got and wrote; ``problem`` says what was wrong with ``typed``. At least one message."""
    newest = messages[-1]
    states = {push.reply: push.state for push in pushes if push.reply}
    told = [(message.accepted_at, _message(message, now)) for message in messages]
    told += [(reply.written_at, _reply(reply, states.get(reply.id, ""))) for reply in replies]
    # The newest first: turned round by the style sheet, so that it is in sight without a script.
    bubbles = "".join(bubble for _, bubble in sorted(told, key=lambda pair: pair[0], reverse=True))
    number = _spaced(newest.phone)
    body = f"""<p class="back"><a href="/">{both("‹ 所有手机", "All phones")}</a></p>
<h1 class="owner">{both("手机", "Phone")} {number}</h1>
<div class="phone">
<div class="status-bar" aria-hidden="true"><span>{_clock(now)}</span><i class="speaker"></i><span>模拟</span></div>
<div class="contact"><span class="face" aria-hidden="true">{escape(newest.signature[:1])}</span>
<h2>{escape(newest.signature)}</h2><p>{SENDER}{escape(newest.extension)}</p></div>
<div class="talk" role="region" tabindex="0" aria-label="短信 Messages"><ol reversed>{bubbles}</ol></div>
{_form(newest, problem, typed)}
<div class="home-bar" aria-hidden="true"></div>
</div>
<p class="again"><a href="/phone/{escape(newest.phone)}">{both("刷新", "Refresh")}</a></p>"""
    return page(f"手机 {newest.phone}", body)


def _message(message: Message, now: float) -> str:
    if not message.is_reported(now):
        state = both("发送途中", "On its way")
    elif message.is_delivered:
        state = both("已送达", "Delivered")
    else:
        state = both("未送达", "Not delivered")
    return f"""<li class="got"><p class="bubble">{linked(message.text)}</p>
<p class="when">{_moment(message.accepted_at)} · {state}</p></li>"""


def _reply(reply: Reply, state: str) -> str:
    sign, name, chinese, english = REPLY_STATES[state]
    return f"""<li class="wrote"><p class="bubble">{escape(reply.text)}</p>
<p class="when {name}">{_moment(reply.written_at)} · <span aria-hidden="true">{sign}</span>
{both(chinese, english)}</p></li>"""


def _form(newest: Message, problem: str, typed: str) -> str:
    said = f'<p class="problem" id="problem" role="alert">{problem}</p>' if problem else ""
    pointer = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    return f"""<form method="post" action="/phone/{escape(newest.phone)}" autocomplete="off">{said}
<input type="hidden" name="message" value="{newest.id}">
<label for="text">{both("回复最新一条", "Reply to the latest")}</label>
<div class="line"><textarea id="text" name="text" rows="1" maxlength="{TEXT_LENGTH}" required{pointer}>
{escape(typed)}</textarea>
<button><span aria-hidden="true">↑</span><span class="hidden">发送 Send</span></button></div></form>"""


def linked(text: str) -> str:
    """The text with its addresses as links, as phones show them."""
    made, end = [], 0
    for found in LINK.finditer(text):
        address = escape(found[0])
        made += [escape(text[end : found.start()]), f'<a href="{address}" rel="noreferrer noopener">{address}</a>']
        end = found.end()
    return "".join([*made, escape(text[end:])])


def problem_page(chinese: str, english: str) -> bytes:
    back = f'<p class="again"><a href="/">{both("‹ 所有手机", "All phones")}</a></p>'
    return page(english, f'<section class="numbers"><h1>{both(chinese, english)}</h1>{back}</section>')


def _spaced(phone: str) -> str:
    return escape(f"{phone[:3]} {phone[3:7]} {phone[7:]}")


def _moment(moment: float) -> str:
    time = datetime.fromtimestamp(moment, tz=CHINA)
    return f'<time datetime="{time.isoformat(timespec="seconds")}">{time:%m-%d %H:%M}</time>'


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, tz=CHINA):%H:%M}"
