"""Who may what: every URL of the resolver for every role, and what must never reach those whose purposes exclude it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.server.running import clean_environment, kundig, serving

from kundig import insight as questions
from kundig.server.roles import ROLES

SECRET = "zwqxgeheimnis"
NAME, MAIL, KEY = f"Rosa {SECRET}", f"{SECRET}@example.org", "SECRET-1"
TEXT = f"My own words hold {SECRET} and nobody else may read them"
SCRIPT, FORMULA = "<script>window.fired=1</script>", "=cmd|' /C calc'!A0"
API = {
    ("/api/events", "post"): "ingest",
    ("/api/insights", "get"): "ask",
    ("/api/insights/{name}", "get"): "ask",
    ("/api/persons/{key}/memory", "get"): "memory",
    ("/api/persons/{key}/consents", "get"): "privacy",
    ("/api/persons/{key}/consents", "post"): "privacy",
}
"""What each call of the API needs; a new call needs its line here."""
Log = Callable[..., Client]
Headers = Callable[[str], dict[str, str]]


def routes() -> Iterator[tuple[str, Any]]:
    """Every route with its view; the API and the login library's pages are tested on their own."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, before + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield before + str(pattern.pattern), pattern.callback

    for route, view in walk(get_resolver().url_patterns, ""):
        if not route.startswith(("account/", "api/")):
            yield route, view


def address(route: str, person: str, case: str) -> str:
    """The route with a person, a case and numbers of somebody else filled in."""
    values = {
        "str:person_id": person, "path:case_id": case, "str:account_id": "0" * 32, "str:name": "handovers", "str:form_name": "csv",
        "slug:name": "erase", "str:code": "forged", "uuid:pk": "00000000-0000-4000-8000-000000000000",
    }  # fmt: skip
    return "/" + re.sub(r"<([^>]+)>", lambda found: values.get(found[1], "1"), route)


@pytest.fixture
def planted(site: Any, tmp_path: Path) -> tuple[str, str]:
    """A person and a case of the lake with telling names, words, a script, a formula and a column to be feared."""
    path = tmp_path / "planted.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(
            (
                "Ticket",
                "Customer number",
                "Customer name",
                "Email",
                "Time",
                "Activity",
                "Reason",
                "Team",
                "Text",
                'a"b; drop table events',
            )
        )
        for n in range(90):  # so many that the column of names is known for one
            who = (
                (KEY, NAME, MAIL) if n == 0 else (f"P-{n}", f"{chr(65 + n % 26)}{chr(97 + n // 26)}nna Kern", f"p{n}@example.org")
            )
            for day, activity in ((1, SCRIPT), (2, FORMULA), (3, "Closed"))[: 3 if n < 8 else 1]:
                rows.writerow(
                    (f"Z-{n}", *who, f"2026-03-{day:02}T10:00:00", activity, FORMULA, SCRIPT, TEXT if n == 0 else "", "x'); --")
                )
    site.workspace.import_files([path])
    found = site.workspace.sql(f"select person_id from people where name = '{NAME}'", purpose="service").to_pylist()
    case = site.workspace.sql(
        f"select case_id from events where person_id = '{found[0]['person_id']}' limit 1", purpose="service"
    ).to_pylist()
    return str(found[0]["person_id"]), str(case[0]["case_id"])


def test_every_page_is_for_the_roles_that_may_and_no_others(planted: tuple[str, str], client_as: Log) -> None:
    clients = {role: client_as(role) for role in ("", *ROLES)}
    wrong = []
    for route, view in routes():
        path = address(route, *planted)
        for role, client in clients.items():
            for method in ("get", "post"):
                told = _misjudged(view.act, role, method, client, path)
                if told:
                    wrong.append(f"{method} /{route} as {role or 'nobody'}: {told}")
    assert wrong == []


def _misjudged(act: str, role: str, method: str, client: Client, path: str) -> str:
    """What is wrong with the answer; "" where it is as the act says."""
    if act == "" or (method == "post" and (role and (act == "*" or act in ROLES[role].acts))):
        return ""  # for everybody; or an act that may be done, and is tested where it is written
    response = getattr(client, method)(path)
    response.close()
    to_login = response.status_code == 302 and response["Location"].startswith("/account/login/")
    if not role:
        return "" if to_login else f"{response.status_code} instead of the login"
    if act == "*" or act in ROLES[role].acts:
        return (
            f"{response.status_code} though he may"
            if to_login or response.status_code in (401, 403) or response.status_code >= 500
            else ""
        )
    return "" if response.status_code == 403 else f"{response.status_code} though he may not"


def test_nothing_is_done_without_the_forms_token(planted: tuple[str, str], client_as: Log) -> None:
    client = client_as("owner", enforce_csrf_checks=True)
    wrong = []
    for route, _view in routes():
        for method in ("post", "put", "delete"):
            status = getattr(client, method)(address(route, *planted)).status_code
            if status not in (403, 405):
                wrong.append((method, route, status))
    assert wrong == []
    for (path, method), _ in API.items():
        if method == "post":
            answer = client.post(path.format(key=KEY), "{}", content_type="application/json")
            assert answer.status_code in (401, 403), path


def test_the_api_gives_each_role_its_own(planted: tuple[str, str], token: Headers, site: Any) -> None:
    described = {
        (path, method) for path, calls in Client().get("/api/openapi.json").json()["paths"].items() for method in calls if method in ("get", "post")
    }  # fmt: skip
    assert described == set(API)
    heads = {role: token(role) for role in ROLES}
    for (path, method), act in API.items():
        url = path.format(key=KEY, name="handovers")
        assert _called(method, url, {}) == 401
        assert _called(method, url, {"authorization": "Bearer kdg_forged"}) == 401
        for role, head in heads.items():
            status = _called(method, url, head)
            assert (status == 403) == (act not in ROLES[role].acts), (url, role, status)
            assert status < 500


def _called(method: str, url: str, head: dict[str, str]) -> int:
    body = {"purpose": "marketing", "status": "given"} if url.endswith("/consents") else {}
    options: dict[str, Any] = {"content_type": "application/json", "data": body} if method == "post" else {}
    return int(getattr(Client(), method)(url, headers=head, **options).status_code)


def test_a_name_or_a_text_reaches_no_role_whose_purpose_excludes_it(
    planted: tuple[str, str], client_as: Log, token: Headers
) -> None:
    paths = [address(route, *planted) for route, _view in routes()]
    for name in questions.shelf():
        paths += [f"/insights/{name}", f"/insights/{name}/file.csv", f"/insights/{name}/cases?key.reason=" + FORMULA]
    for role in ("manager", "analyst"):
        client = client_as(role)
        for path in paths:
            assert SECRET not in _words(client, path), (role, path)
    for role in ("manager", "analyst", "privacy"):
        head = token(role)
        for name in questions.shelf():
            assert SECRET.encode() not in Client().get(f"/api/insights/{name}", headers=head).content, (role, name)
    assert SECRET in _words(client_as("agent"), f"/memory/{planted[0]}"), "the control: it is there"


def _words(client: Client, path: str) -> str:
    response = client.get(path)
    body = b"".join(response) if response.streaming else response.content
    response.close()
    return body.decode(errors="replace")


def test_lists_of_imports_show_no_words_of_a_person(planted: tuple[str, str], client_as: Log) -> None:
    client = client_as("manager")
    for path in ("/data/", "/data/rejected", "/data/dead-letters"):
        assert SECRET not in _words(client, path)


def test_what_was_planted_in_the_data_never_fires(planted: tuple[str, str], client_as: Log, site: Any) -> None:
    client = client_as("owner")
    pages, shown = [address(route, *planted) for route, _view in routes()], 0
    for path in [*pages, *(f"/insights/{name}" for name in questions.shelf()), "/insights/journey-map?activities=60&edges=60"]:
        words = _words(client, path)
        assert SCRIPT not in words, path
        shown += "&lt;script&gt;window.fired" in words
    assert shown, "the control: it is shown, as text"
    for name in questions.shelf():
        rows = csv.reader(io.StringIO(_words(client, f"/insights/{name}/file.csv")), delimiter=";")
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))], name
    count = site.workspace.sql("select count(*) as n from events").to_pylist()[0]["n"]
    assert count > 24, "the table with the feared column's name is still there"


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "evil.csv\0.exe", SCRIPT + ".csv"])
def test_a_file_name_leads_nowhere_else(site: Any, client_as: Log, name: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("x.csv", b"a;b\n1;2\n")
    file.name = name  # the class itself would have cleaned it
    before = set(site.folder.parent.rglob("*evil*"))
    page = client_as("owner").post("/data/import", {"file": file})
    made = set(site.folder.parent.rglob("*evil*")) - before
    assert page.status_code in (302, 400, 422)
    assert all(path.is_relative_to(site.folder / "uploads") for path in made)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost:8080/", "http://[::1]/", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://192.168.1.1/",
     "http://2130706433/", "http://0x7f.1/", "https://user:word@127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://[::ffff:10.0.0.1]/"],
)  # fmt: skip
def test_no_webhook_reaches_into_the_firms_net(site: Any, client_as: Log, url: str) -> None:
    from kundig.server.rules.models import Webhook

    page = client_as("owner").post("/alerts/webhooks", {"url": url, "kinds": ["alert.raised"]})
    assert page.status_code == 422, page.content.decode()[:300]
    assert not Webhook.objects.exists()


def test_bombs_are_defused(site: Any, client_as: Log) -> None:
    lol = "".join(f'<!ENTITY l{n} "{("&l" + str(n - 1) + ";") * 10 if n else "lol"}">' for n in range(12))
    xes = f'<?xml version="1.0"?><!DOCTYPE log [{lol}]><log xes.version="1.0"><trace><event><string key="concept:name" value="&l11;"/></event></trace></log>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rows.csv", "w") as out:
        out.write(b"Ticket;Zeit;Was\n")
        for _ in range(64):
            out.write(b"0" * 1_048_576)
    client = client_as("owner")
    for name, body in (("bomb.xes", xes.encode()), ("bomb.zip", packed.getvalue())):
        file = io.BytesIO(body)
        file.name = name
        page = client.post("/data/import", {"file": file}, follow=True)
        assert page.status_code in (200, 422), name
        assert "lollollol" not in page.content.decode()
        assert len(page.content) < 500_000


@pytest.mark.parametrize(
    ("roles", "seconds"), [(("owner",), 6), pytest.param(("owner", "integrator"), 60, marks=pytest.mark.long)]
)
def test_schemathesis_finds_no_failing_call(_made: Any, tmp_path: Path, roles: tuple[str, ...], seconds: int) -> None:
    command = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("schemathesis is not installed")
    shutil.copytree(_made.pristine, tmp_path / "ws")
    with serving(tmp_path / "ws", tmp_path / "said") as running:
        for role in roles:
            word = kundig(running.folder, "token", "create", "--role", role, "--name", role)
            run = subprocess.run(
                [command, "run", f"{running.address}/api/openapi.json", "-H", f"Authorization: Bearer {word}", "--checks", "not_a_server_error",
                 "--max-examples", "15", "--max-time", str(seconds), "--seed", "1", "--suppress-health-check", "all", "--request-timeout", "30", "--no-shrink"],
                capture_output=True, text=True, cwd=tmp_path, env=clean_environment(), timeout=300,
            )  # fmt: skip
            assert run.returncode == 0, run.stdout[-4000:]
        with urllib.request.urlopen(f"{running.address}/health", timeout=30) as health:
            assert json.load(health)["status"] == "ok"
