"""A server of the v3.2 API in memory, for tests of its client and of the commands that use it.

Work is done when it is asked after for the second time; what is called "bomb" fails then.
"""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from itertools import count

import httpx

ROOT = "/speechtotext/v3.2"
NOUNS = ("projects", "datasets", "models", "evaluations", "endpoints", "transcriptions")
BASE = "b0000000-0000-4000-8000-000000000001"
PAGE = 2  # resources, so that lists of three have two pages


class FakeApi:
    """Answers requests to one address; `asked` keeps them."""

    def __init__(self, address, *, key):
        self.address, self.key = address, key
        self.asked = []
        self.resources = {}
        self.blobs = {}
        self._ids = (f"{number:08x}-0000-4000-8000-000000000000" for number in count(1))
        base = self._add("models/base", {"displayName": "whisper-base", "locale": "de-DE"}, id=BASE)
        base["status"] = "Succeeded"

    def __call__(self, request):
        request.read()
        self.asked.append(request)
        path = request.url.path.removeprefix(ROOT)
        if path.startswith("/blobs/"):
            return httpx.Response(200, content=self.blobs[path])
        if request.headers.get("Ocp-Apim-Subscription-Key") != self.key:
            given = request.headers.get("Ocp-Apim-Subscription-Key")
            return refusal(401, "Unauthorized", f"the key {given} is not known")
        for method, pattern, answer in self._routes():
            found = re.fullmatch(pattern, path)
            if found and method == request.method:
                return answer(request, *found.groups())
        return refusal(404, "NotFound", f"{path}: there is no such thing")

    def bodies(self, method):
        """What was sent in requests of a method, as documents."""
        return [json.loads(request.content) for request in self.asked if request.method == method]

    def add(self, noun, **fields):
        """Make a resource; its document."""
        return self._add(noun, fields if noun == "projects" else {**fields, "status": "NotStarted"})

    def add_file(self, owner, name, content):
        """Give a resource a file; owner is such as `datasets/<id>` or `logs`."""
        path = f"/blobs/{len(self.blobs)}"
        self.blobs[path] = content
        return self._add(
            f"{owner}/files", {"name": name, "kind": "Audio", "links": {"contentUrl": self.address + path}}
        )

    def url(self, path):
        return f"{self.address}{ROOT}/{path}"

    def _add(self, place, fields, id=None):
        key = id or next(self._ids)
        document = {"self": self.url(f"{place}/{key}"), **fields}
        return self.resources.setdefault(place, {}).setdefault(key, document)

    def _routes(self):
        noun, one = f"({'|'.join(NOUNS)}|models/base)", r"([\w-]+)"
        return [
            ("GET", f"/{noun}/locales", self._locales),
            ("POST", "/models:authorizecopy", self._authorise),
            ("POST", f"/models/{one}:copy", self._copy),
            ("POST", "/(datasets)/upload", self._upload),
            ("POST", "/lect/v1/(models):import", self._upload),
            ("POST", f"/lect/v1/datasets/{one}:erase", self._erase),
            ("POST", f"/lect/v1/datasets/{one}:fix", lambda request, _: self._create(request, "datasets")),
            ("GET", f"/lect/v1/datasets/{one}/report", self._report),
            ("POST", "/lect/v1/models:plan", lambda request: httpx.Response(200, json={"cpuSeconds": 7.0})),
            ("POST", f"/lect/v1/{noun}/{one}:cancel", self._cancel),
            (
                "POST",
                f"/lect/v1/endpoints/{one}:rollback",
                lambda request, one: self._get(request, "endpoints", one),
            ),
            ("GET", f"/lect/v1/endpoints/{one}/deployments", self._deployments),
            (
                "POST",
                r"/lect/v1/endpoints/(?:base/)?[\w-]+/logs:(dataset)",
                lambda request, _: self._create(request, "datasets"),
            ),
            ("GET", f"/{noun}", self._list),
            ("POST", f"/{noun}", self._create),
            ("GET", f"/projects/{one}/{noun}", self._list_of_project),
            ("GET", r"/(endpoints)/((?:base/)?[\w-]+)/files/logs", self._files),
            ("DELETE", f"/endpoints/{one}/files/logs", lambda *asked: httpx.Response(202)),
            ("GET", f"/{noun}/{one}/files", self._files),
            ("GET", f"/models/{one}/manifest", self._manifest),
            ("GET", f"/(operations/models/copy|erasures|{noun[1:-1]})/{one}", self._get),
            ("PATCH", f"/{noun}/{one}", self._update),
            ("DELETE", f"/{noun}/{one}", self._delete),
        ]

    def _locales(self, request, noun):
        return httpx.Response(200, json={"de-DE": ["Language"]} if noun == "datasets" else ["de-DE", "en-US"])

    def _create(self, request, noun):
        return httpx.Response(201, json=self.add(noun, **json.loads(request.content)))

    def _cancel(self, request, noun, id):
        self.resources[noun][id]["status"] = "Failed"
        return httpx.Response(202, json={"status": "Running"})

    def _upload(self, request, noun):
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        form = message_from_bytes(head + request.content).get_payload()
        fields = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in form
        }
        data = fields.pop("data")
        document = self.add(noun, **{name: value.decode() for name, value in fields.items()})
        self.add_file(f"{noun}/" + document["self"].rpartition("/")[2], "data", data)
        return httpx.Response(201, json=document)

    def _report(self, request, id):
        if "code" in request.url.params:
            return httpx.Response(200, json={"values": []})
        if "skip" in request.url.params:
            return httpx.Response(200, json={"values": [{"line": 7, "code": "no_tab"}]})
        page = {"values": [{"line": 3, "code": "no_tab"}]}
        return httpx.Response(200, json=page | {"@nextLink": f"{self.address}{request.url.path}?skip=1"})

    def _deployments(self, request, id):
        made = [{"id": str(number), "reason": "change"} for number in range(2)]
        return httpx.Response(200, json={"values": made[: int(request.url.params.get("top", 2))]})

    def _erase(self, request, id):
        return httpx.Response(202, json=self.add("erasures", **json.loads(request.content), models=[]))

    def _get(self, request, noun, id):
        document = self.resources.get(noun, {}).get(id)
        if document is None:
            return refusal(404, "NotFound", f"{noun}/{id}: there is no such thing")
        shown = dict(document)
        following = {"NotStarted": "Running", "Running": "Succeeded"}.get(document.get("status"))
        if following == "Succeeded" and document.get("displayName") == "bomb":
            document |= {
                "status": "Failed",
                "properties": {"error": {"code": "InvalidData", "message": "line 3 holds no text"}},
            }
        elif following:
            document["status"] = following
        return httpx.Response(200, json=shown)

    def _update(self, request, noun, id):
        self.resources[noun][id] |= json.loads(request.content)
        return httpx.Response(200, json=self.resources[noun][id])

    def _delete(self, request, noun, id):
        self.resources.get(noun, {}).pop(id, None)
        return httpx.Response(204)

    def _list(self, request, noun):
        return self._page(request, list(self.resources.get(noun, {}).values()))

    def _list_of_project(self, request, project, noun):
        belonging = {"self": self.url(f"projects/{project}")}
        found = self.resources.get(noun, {}).values()
        return self._page(request, [each for each in found if each.get("project") == belonging])

    def _files(self, request, noun, id):
        return self._page(request, list(self.resources.get(f"{noun}/{id}/files", {}).values()))

    def _manifest(self, request, id):
        files = self.resources.get(f"models/{id}/modelFiles/files")
        if files is None:
            return refusal(409, "Conflict", f"{id} is not trained")
        named = [{"name": file["name"], "contentUrl": file["links"]["contentUrl"]} for file in files.values()]
        return httpx.Response(200, json={"modelFiles": named})

    def _page(self, request, values):
        skip = int(request.url.params.get("skip", 0))
        size = min(PAGE, int(request.url.params.get("top", PAGE)))
        page = {"values": values[skip : skip + size]}
        if len(values) > skip + size:
            page["@nextLink"] = str(request.url.copy_set_param("skip", skip + size))
        return httpx.Response(200, json=page)

    def _authorise(self, request):
        source = json.loads(request.content)["sourceResourceId"]
        return httpx.Response(
            200, json={"id": "a1", "sourceResourceId": source, "targetResourceEndpoint": self.address}
        )

    def _copy(self, request, model):
        target = json.loads(request.content)["targetResourceEndpoint"]
        result = {"link": f"{target}{ROOT}/models/c1"}
        return httpx.Response(
            202, json=self._add("operations/models/copy", {"status": "NotStarted", "result": result})
        )


def refusal(status, code, message):
    """An error as the API tells it."""
    return httpx.Response(status, json={"code": code, "message": message, "innerError": {"code": code}})
