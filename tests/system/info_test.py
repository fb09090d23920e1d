#!/usr/bin/env python3
"""The information directory through the command line: versions, who sees what, search, sections and rules (R-206)."""

import pathlib
import tempfile

from directory_test import PACK, Hotline, expect

PROVINCE, CITY, OTHER = "340000", "340100", "320100"


def of(office, role="office_admin"):
    return ["--role", role, *(["--office", office] if office else [])]


class Info:
    """`tierline info` on behalf of an office."""

    def __init__(self, hotline):
        self.hotline = hotline

    def put(self, office, title, body, *more):
        return self.hotline.ask(*of(office), "info", "put", office, "basic_policy", "--title", title, "--body", body,
                                *more)["entry_id"]

    def ask(self, viewer, *args):
        return self.hotline.ask(*of(viewer), "info", *args)

    def listed(self, viewer, *args):
        return [one["title"]["zh"] for one in self.ask(viewer, "list", *args).get("entries", [])]

    def found(self, viewer, *args):
        return [one["entry"]["entry_id"] for one in self.ask(viewer, "search", *args).get("hits", [])]

    def refused(self, viewer, reason, *args):
        done = self.hotline.run(*of(viewer), "info", *args)
        expect(f"info {' '.join(args)}", (done.returncode, reason in done.stderr), (1, True))


def check_entries(info):
    dues = info.put(CITY, "党费收缴", "党员每月应当按时缴纳党费的规定。", "--title-en", "Membership dues", "--body-en",
                    "Dues are paid every month.")
    relations = info.put(PROVINCE, "组织关系", "转移组织关系需要介绍信，党费交到当月。")
    facts = info.put(OTHER, "基本情况", "党费代办点一览。", "--published")
    expect("the city lists", info.listed(CITY), ["基本情况", "组织关系", "党费收缴"])
    expect("the province lists", info.listed(PROVINCE), ["基本情况", "组织关系"])
    expect("another lists", info.listed(OTHER), ["基本情况"])
    expect("nobody's office lists", info.listed(""), ["基本情况"])
    expect("one office lists", info.listed(CITY, PROVINCE, "--section", "basic_policy"), ["组织关系"])
    expect("another section", info.listed(CITY, "--section", "basic_facts"), [])
    everything = info.hotline.ask(*of("", "platform_admin"), "info", "list")["entries"]
    expect("the platform lists", len(everything), 3)
    info.refused(OTHER, "ENTRY_NOT_FOUND", "show", dues)

    expect("the city finds", sorted(info.found(CITY, "党费")), sorted([dues, relations, facts]))
    expect("and first", info.found(CITY, "党费")[0], dues)
    expect("the province finds", sorted(info.found(PROVINCE, "党费")), sorted([relations, facts]))
    expect("by a stem", info.found(CITY, "paying dues"), [])
    expect("by another", info.found(CITY, "month paid due"), [dues])
    expect("of one office", info.found(CITY, "党费", "--of", PROVINCE), [relations])
    first = info.ask(CITY, "search", "党费", "--max", "2")
    expect("a page", (len(first["hits"]), first["total"]), (2, 3))
    rest = info.found(CITY, "党费", "--max", "2", "--page-token", first["next_page_token"])
    expect("the next page", len(rest), 1)
    expect("a snippet", "缴纳党费" in info.ask(CITY, "search", "党费", "--of", CITY)["hits"][0]["snippet"], True)
    info.refused(CITY, "INVALID_FIELD", "search", "党费 AND")
    info.refused(CITY, "OFFICE_NOT_FOUND", "search", "党费", "--of", "999999")
    return dues, relations


def check_versions(info, dues, relations):
    info.ask(CITY, "put", "--entry", dues, "--version", "1", "--title", "党费", "--body", "按季缴纳。", "--published")
    info.refused(CITY, "VERSION_MISMATCH", "put", "--entry", dues, "--version", "1", "--title", "党", "--body", "费")
    now = info.ask(OTHER, "show", dues)
    expect("published now", (now["entry"]["version"], now["latest_version"]), (2, 2))
    info.refused(OTHER, "ENTRY_NOT_FOUND", "show", dues, "--version", "1")
    before = info.ask(CITY, "show", dues, "--version", "1")["entry"]
    expect("the first version", (before["title"]["zh"], before["version"]), ("党费收缴", 1))
    expect("words of the first version", info.found(CITY, "每月"), [])
    expect("words of the second", info.found(OTHER, "按季缴纳"), [dues])
    info.ask(PROVINCE, "withdraw", relations)
    expect("withdrawn", info.found(CITY, "介绍信"), [])
    expect("nor listed", info.listed(CITY, PROVINCE), [])
    expect("its own office", info.ask(PROVINCE, "show", relations)["entry"]["withdrawn"], True)
    info.refused(CITY, "ENTRY_NOT_FOUND", "show", relations)


def check_sections(info):
    info.ask(CITY, "confirm", CITY, "basic_policy")
    sections = info.ask(OTHER, "sections", CITY)["sections"]
    expect("confirmed", [bool(int(one.get("confirmed_at_ms", 0))) for one in sections], [True, False, False])
    expect("by whom", sections[0]["confirmed_by"]["office"], CITY)
    expect("how many another sees", [one.get("entries", 0) for one in sections], [1, 0, 0])
    info.refused(CITY, "INVALID_FIELD", "confirm", "999999", "basic_policy")


def check_rules(info):
    info.refused(CITY, "RULES_NOT_FOUND", "rules", "show", CITY)
    info.ask(CITY, "rules", "put", CITY, "--text", "受理暂行办法")
    info.ask(CITY, "rules", "put", CITY, "--text", "受理办法", "--version", "1", "--effective-at",
             "2009-05-01T00:00:00+08:00")
    now = info.ask("", "rules", "show", CITY)
    expect("in force now", (now["rules"]["text"]["zh"], now["latest_version"]), ("受理暂行办法", 2))
    may = info.ask(OTHER, "rules", "show", CITY, "--at", "2009-05-01T00:00:00+08:00")["rules"]
    expect("in force in May", may["version"], 2)
    expect("the first", info.ask(OTHER, "rules", "show", CITY, "--version", "1")["rules"]["version"], 1)
    info.refused(CITY, "RULES_NOT_FOUND", "rules", "show", CITY, "--version", "3")


def check_retry(info):
    args = ["put", CITY, "basic_facts", "--title", "机构", "--body", "设置", "--request-id",
            "0190a1b2-0000-7000-8000-000000000001"]
    first, again = info.ask(CITY, *args), info.ask(CITY, *args)
    expect("a retry", (again["entry_id"], again["receipt"]["event_id"]),
           (first["entry_id"], first["receipt"]["event_id"]))
    expect("one entry", info.listed(CITY, CITY, "--section", "basic_facts"), ["机构"])


def stop(hotline):
    hotline.server.terminate()
    hotline.server.wait(timeout=30)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        hotline = Hotline(folder)
        try:
            hotline.ask("directory", "load", PACK, "--yes")
            info = Info(hotline)
            dues, relations = check_entries(info)
            check_versions(info, dues, relations)
            check_sections(info)
            check_rules(info)
            check_retry(info)
            stop(hotline)
            hotline = Hotline(folder)  # the words are gathered again from the log
            expect("after a restart", Info(hotline).found(OTHER, "按季缴纳"), [dues])
            expect("withdrawn still", Info(hotline).found(CITY, "介绍信"), [])
        finally:
            hotline.server.terminate()
            hotline.server.wait(timeout=30)


if __name__ == "__main__":
    main()
