#!/usr/bin/env python3
"""A vendor's redirection service as a plug-in: a line of JSON for each request, a line of JSON for each answer."""
import json
import sys
import urllib.parse


def answer(request, code, seen):
    target = urllib.parse.urlsplit(request["target"])
    query = dict(urllib.parse.parse_qsl(target.query))
    if target.path != "/rps" or request["method"] != "GET":
        return {"status": 400, "verdict": "bad request"}
    if "pin" not in query:
        return {"status": 404, "body": f"who is {request['mac']}?\n", "verdict": "mac unknown"}
    if query["pin"] != code:
        return {"status": 410, "body": "no such code\n", "verdict": "code refused"}
    seen[query["id"]] = seen.get(query["id"], 0) + 1
    if seen[query["id"]] == 1:
        return {"status": 503, "headers": {"Retry-After": "3"}, "delay_ms": 200, "verdict": "maintenance"}
    return {"type": "text/plain", "body": "goto http://prov.csp.example/home/\n", "verdict": "address by code"}


def main():
    json.loads(sys.stdin.readline())
    print(json.dumps({"hello": 1}), flush=True)
    seen = {}
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), sys.argv[1], seen)), flush=True)


if __name__ == "__main__":
    main()
