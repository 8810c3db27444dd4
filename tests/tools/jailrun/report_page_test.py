#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The page of a report in headless Chromium, on a desk and on a phone, by day
and by night. With CELLBLOCK_SCREENSHOTS=FOLDER it leaves pictures there."""

import os
import sys

# As it lies in the tree, and in the runfiles.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "..", "examples", "service"))
# pylint: disable=wrong-import-position
from browser import shared_browser
from harness import bare, case, check, contains, equal, main, scratch
from stored_reports import profile, run_of, stored

SCREENS = {"desk": (1200, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")


def report_of(kind):
    report = run_of(kind.removeprefix("profiled_")).report
    if kind.startswith("profiled_"):
        report["profile"] = profile()
        report["pool"]["bytes"] = 16 << 20
    return report


KINDS = ("clean", "violation", "profiled_exhausted", "clean_with_a_profile", "dry_run",
         "setup_failed_before_start", "clean_tolerated")


def page(name, report):
    path = os.path.join(scratch(), name + ".html")
    source = stored(name + ".json", report)
    bare(["report", f"--html={path}", source]).expect(0)
    return "file://" + path


def emulate(browser, command, parameters):
    # pylint: disable=protected-access
    return browser._post("/goog/cdp/execute",
                         {"cmd": command, "params": parameters})


def set_scheme(browser, scheme):
    emulate(browser, "Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def open_page(browser, address, screen="desk", scheme="light"):
    set_scheme(browser, scheme)
    browser.open(address, *SCREENS[screen])


def text_of(browser, element):
    return browser.run("const found = document.getElementById(arguments[0]);"
                       "return found && found.textContent", element)


def picture(browser, name, screen):
    folder = os.environ.get("CELLBLOCK_SCREENSHOTS")
    if not folder:
        return
    width, _ = SCREENS[screen]
    height = browser.run("return document.documentElement.scrollHeight")
    emulate(browser, "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "mobile": screen == "phone",
             "deviceScaleFactor": 1})
    browser.screenshot(os.path.join(folder, name + ".png"))


TOO_WIDE = """
    const width = document.documentElement.clientWidth;
    const scrolled = (e) => e.closest('.scroll, pre, svg') !== null;
    return [...document.querySelectorAll('body *')].filter(
        (e) => !scrolled(e) && e.getBoundingClientRect().right > width + 1)
        .map((e) => e.outerHTML.slice(0, 100))
        .concat(document.documentElement.scrollWidth > width ? ['page'] : []);"""


def a_page_fits_and_complains_of_nothing(kind):
    address = page(kind, report_of(kind))
    with shared_browser() as browser:
        for screen in SCREENS:
            for scheme in SCHEMES:
                open_page(browser, address, screen, scheme)
                equal(browser.run(TOO_WIDE), [], f"too wide for a {screen}")
                picture(browser, f"{kind}_{screen}_{scheme}", screen)
        equal(browser.console(), [], "the console")


for page_kind in KINDS:
    case(a_page_fits_and_complains_of_nothing, page_kind,
         name=f"fits_{page_kind}")


CONTRAST = """
    const channel = (c) => (c /= 255) <= .03928 ? c / 12.92
                                                : ((c + .055) / 1.055) ** 2.4;
    const light = (rgb) => .2126 * channel(rgb[0]) + .7152 * channel(rgb[1]) +
                           .0722 * channel(rgb[2]);
    const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
    const behind = (e) => {
      for (; e; e = e.parentElement) {
        const found = numbers(getComputedStyle(e).backgroundColor);
        if (found.length < 4 || found[3] > 0) return found;
      }
      return [255, 255, 255];
    };
    return [...document.querySelectorAll(
        'h1, h2, h3, p, td, th, dt, dd, .badge, .state, summary, li')]
        .filter((e) => e.textContent.trim() && e.offsetParent)
        .map((e) => {
      const [a, b] = [light(numbers(getComputedStyle(e).color)),
                      light(behind(e))].sort((x, y) => y - x);
      return [(a + .05) / (b + .05), e.outerHTML.slice(0, 80)];
    }).filter(([ratio]) => ratio < 4.5);"""


@case
def words_can_be_read_by_day_and_by_night():
    address = page("contrast", report_of("profiled_exhausted"))
    with shared_browser() as browser:
        for scheme in SCHEMES:
            open_page(browser, address, scheme=scheme)
            equal(browser.run(CONTRAST), [], f"too faint, {scheme}")


@case
def figures_and_tables_have_what_the_report_has():
    report = report_of("profiled_exhausted")
    with shared_browser() as browser:
        open_page(browser, page("figures", report))
        equal(text_of(browser, "verdict"), "exhausted", "the verdict")
        contains(text_of(browser, "figure-peak"), " % of 16M; enough: --pool=", "peak")
        contains(text_of(browser, "exhaustion"), "would have been enough",
                 "the card")
        contains(text_of(browser, "given"), report["program"], "the program")
        for layer in ("seccomp", "landlock read", "environment"):
            contains(text_of(browser, "posture"), layer, "the posture")
        equal(browser.run("return document.querySelectorAll("
                          "'#sizes tbody tr').length"), 3, "sizes")
        contains(text_of(browser, "sizes"), "5\u202f200", "sizes")
        contains(text_of(browser, "before_lock"), "mmap", "before the lock")
        contains(text_of(browser, "after_lock"), "read", "after the lock")
        equal(browser.run("return [...document.querySelectorAll("
                          "'#after_lock tr')].map((row) => "
                          "[...row.cells].map((cell) => cell.textContent))"),
              [["call", "", "times", "refused"], ["read", "", "31", ""],
               ["openat", "", "4", "2"]], "calls")
        contains(text_of(browser, "text"), "jailrun: verdict: exhausted",
                 "the words")


@case
def a_violation_has_a_card():
    report = report_of("violation")
    with shared_browser() as browser:
        open_page(browser, page("card", report))
        equal(text_of(browser, "verdict"), "violation", "the verdict")
        card = text_of(browser, "violation")
        for wanted in ("socket(AF_INET", report["violation"]["advice"]):
            contains(card, wanted, "the card")
        equal(text_of(browser, "pool"), None, "a chart without a profile")
        contains(text_of(browser, "no-profile"), "--profile", "how to get one")


SHAPES = """
    const path = (css) => {
      const found = document.querySelector(css);
      return found ? found.getAttribute('d').length : 0;
    };
    return {line: path('#pool-chart .in-use'), high: path('.pool .high-water'),
            strips: document.querySelectorAll('.strip svg .used').length,
            flames: document.querySelectorAll('#flame rect').length,
            tips: document.querySelectorAll('.tip').length};"""


def press(browser, key):
    for kind in ("keyDown", "keyUp"):
        emulate(browser, "Input.dispatchKeyEvent", {"type": kind, "key": key,
                                                    "code": key})


@case
def charts_are_drawn_and_answer_to_keys():
    with shared_browser() as browser:
        open_page(browser, page("charts", report_of("profiled_exhausted")))
        shapes = browser.run(SHAPES)
        check(shapes["line"] > 500 and shapes["high"] > 200, f"{shapes}")
        equal((shapes["strips"], shapes["tips"]), (2, 4), "strips, tips")
        # The root, and every place of the four stacks below common callers.
        equal(shapes["flames"], 10, "flames")
        for chart, steps, wanted in (
                ("pool-chart", ["Home", "ArrowRight"], "1.5 ms after the lock"),
                ("pool-chart", ["End"], "179 ms after the lock"),
                ("strip-0", ["Home"], "from 0 bytes to 64 KiB: 100 %"),
                ("flame", ["ArrowDown", "ArrowDown"], "lzma_code: 6 MiB in 41"),
                ("flame", ["Enter", "Escape"], "all that was live: 7 MiB")):
            browser.run("document.getElementById(arguments[0]).focus()", chart)
            for step in steps:
                press(browser, step)
            contains(browser.run(
                "return document.getElementById(arguments[0])"
                ".nextElementSibling.textContent", chart), wanted, chart)


@case
def what_a_run_recorded_is_drawn():
    report = report_of("clean_with_a_profile")
    with shared_browser() as browser:
        open_page(browser, page("recorded", report))
        shapes = browser.run(SHAPES)
        check(shapes["line"] > 100 and shapes["high"] > 50, f"{shapes}")
        check(shapes["flames"] > 3 and shapes["strips"] == 2, f"{shapes}")
        contains(text_of(browser, "before_lock"), "execve", "before the lock")
        equal(browser.console(), [], "the console")


@case
def a_click_looks_closer():
    with shared_browser() as browser:
        open_page(browser, page("closer", report_of("profiled_exhausted")))
        widths = """
            const rect = [...document.querySelectorAll('#flame g')].find(
                (g) => g.querySelector('text').textContent === arguments[0])
                .querySelector('rect');
            return [rect.getBoundingClientRect().width,
                    document.getElementById('flame').clientWidth];"""
        before, all_of_it = browser.run(widths, "lzma_code")
        check(before < all_of_it * .9, f"{before} of {all_of_it}")
        browser.run("""[...document.querySelectorAll('#flame g')].find(
            (g) => g.querySelector('text').textContent === 'lzma_code')
            .querySelector('rect').dispatchEvent(
                new MouseEvent('click', {bubbles: true}))""")
        after, _ = browser.run(widths, "lzma_code")
        equal(round(after), round(all_of_it), "its width")


@case
def a_narrow_window_is_drawn_anew():
    with shared_browser() as browser:
        open_page(browser, page("narrow", report_of("profiled_exhausted")))
        width = "return document.querySelector('#pool-chart svg')" \
                ".getBoundingClientRect().width"
        wide = browser.run(width)
        emulate(browser, "Emulation.setDeviceMetricsOverride",
                {"width": 390, "height": 844, "mobile": False,
                 "deviceScaleFactor": 1})
        browser.until(width + " < arguments[0] / 2", wide)
        equal(browser.run(TOO_WIDE), [], "too wide")


@case
def without_javascript_the_figures_are_there():
    with shared_browser() as browser:
        emulate(browser, "Emulation.setScriptExecutionDisabled",
                {"value": True})
        open_page(browser, page("plain", report_of("profiled_exhausted")))
        emulate(browser, "Emulation.setScriptExecutionDisabled",
                {"value": False})
        equal(browser.run("return document.querySelectorAll('.chart svg')"
                          ".length"), 0, "charts")
        for section, rows in (("pool", 26), ("sizes", 4), ("peak", 5)):
            equal(browser.run("return document.querySelectorAll(`#${"
                              "arguments[0]} tr`).length"
                              .replace("`#${arguments[0]} tr`",
                                       "'#' + arguments[0] + ' tr'"), section),
                  rows, section)


HOSTILE = "</script><img src=x onerror=\"document.title='taken'\">"


@case
def hostile_names_are_text():
    report = report_of("profiled_exhausted")
    report["program"] = "/bin/" + HOSTILE
    report["command"] = [HOSTILE]
    for stack in report["profile"]["peak"]["stacks"]:
        stack["frames"][0]["function"] = HOSTILE
    report["profile"]["calls"]["after_lock"][0]["syscall"] = HOSTILE
    with shared_browser() as browser:
        open_page(browser, page("hostile", report))
        check("taken" not in browser.run("return document.title").split(": ")[0]
              .replace(HOSTILE.split("/")[-1], ""), "the title")
        equal(browser.run("return [document.images.length, "
                          "document.scripts.length]"), [0, 3], "elements")
        contains(text_of(browser, "after_lock"), HOSTILE, "the calls")
        check(browser.run(SHAPES)["flames"] > 4, "no flames")
        # And what is not its own is neither run nor loaded.
        browser.run("const s = document.createElement('script');"
                    "s.textContent = 'document.title = \"taken\"';"
                    "document.body.append(s);"
                    "document.body.insertAdjacentHTML('beforeend', "
                    "'<b style=\"color: red\" onclick=\"x\">b</b>')")
        check(browser.run("return document.title") != "taken", "a script ran")


main()
