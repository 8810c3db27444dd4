#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The page of examples/service in headless Chromium, as on a desk and as on a
phone. With CELLBLOCK_SCREENSHOTS=FOLDER it leaves pictures of it there."""

import os

from service_process import SMALL_POOL, Service, good_png, pixels_of, png
from browser import shared_browser
from harness import case, check, contains, equal, main, scratch_file

SCREENS = {"desk": (1200, 900), "phone": (390, 844)}

# What a button makes, the verdict, and words that come with it.
SAMPLES = [
    ("good", "clean", ""),
    ("truncated", "refused", "too early"),
    ("flipped", "refused", ""),
    ("bomb", "refused", "30000 x 30000 pixels"),
    ("hungry", "exhausted", "bytes"),
    ("noise", "unknown_format", "none of these"),
]

VERDICT = """
    const verdict = document.getElementById('verdict').dataset.verdict;
    return verdict !== 'none' && verdict !== 'busy' && {
      verdict, words: document.getElementById('words').textContent,
      picture: !document.getElementById('picture').hidden,
      text: document.body.innerText,
      gauge: document.getElementById('worker-pool').value,
      most: document.getElementById('worker-pool').max,
      front: document.getElementById('front-pool').value,
    };"""

# Of the canvas, as sum and as corners.
PIXELS = """
    const canvas = document.getElementById('picture');
    const all = canvas.getContext('2d').getImageData(
        0, 0, canvas.width, canvas.height).data;
    return [canvas.width, canvas.height, all[0], all[1], all[2],
            all[all.length - 4], all[all.length - 3], all[all.length - 2]];"""


def picture_of(browser, name):
    folder = os.environ.get("CELLBLOCK_SCREENSHOTS")
    if folder:
        browser.screenshot(os.path.join(folder, name + ".png"))


def fits(browser):
    """Nothing is wider than the screen, and what is to be touched is large
    enough."""
    return browser.run("""
        const small = [...document.querySelectorAll('button, #drop')].filter(
            (e) => e.getBoundingClientRect().height < 40);
        const width = document.documentElement.clientWidth;
        const wide = [...document.querySelectorAll('body *')].filter(
            (e) => e.getBoundingClientRect().right > width + 1);
        return document.documentElement.scrollWidth <= width &&
               small.length + wide.length === 0;""")


def samples_have_their_verdicts(screen):
    with Service(SMALL_POOL) as service, shared_browser() as browser:
        for sample, verdict, words in SAMPLES:
            browser.open(f"http://127.0.0.1:{service.port}/", *SCREENS[screen])
            browser.run("document.querySelector("
                        "`[data-sample=${arguments[0]}]`).click()", sample)
            shown = browser.until(VERDICT)
            equal(shown["verdict"], verdict, sample)
            contains(shown["words"], words, sample)
            equal(shown["picture"], verdict == "clean", f"{sample}: a picture")
            check(fits(browser), f"{sample} does not fit {screen}")
            # The figures come later, and those of the page's start before.
            pool = "worker" if verdict in ("clean", "exhausted") else "front"
            browser.until("return document.getElementById(arguments[0]).value",
                          f"{pool}-pool")
            shown = browser.until(VERDICT)
            if verdict == "exhausted":
                equal(shown["gauge"], shown["most"], "the gauge")
            if verdict == "clean":
                check(0 < shown["gauge"] < shown["most"], "the gauge")
            picture_of(browser, f"{screen}_{sample}")
        # A 422 is an error to the console, and is meant.
        unexpected = [entry for entry in browser.console()
                      if "422" not in entry["message"]]
        equal(unexpected, [], "the console")


for screen in SCREENS:
    case(samples_have_their_verdicts, screen, name=f"samples_on_a_{screen}")


@case
def a_chosen_file_is_drawn_pixel_by_pixel():
    pixels = bytearray(pixels_of(64, 48))
    pixels[3::4] = b"\xff" * (64 * 48)  # a canvas keeps no colour it cannot see
    path = scratch_file("chosen.png", png(64, 48, bytes(pixels)))
    with Service() as service, shared_browser() as browser:
        browser.open(f"http://127.0.0.1:{service.port}/", *SCREENS["desk"])
        browser.choose("#file", path)
        equal(browser.until(VERDICT)["verdict"], "clean", "verdict")
        equal(browser.run(PIXELS),
              [64, 48, *pixels[:3], *pixels[-4:-1]], "the canvas")
        contains(browser.run("return document.body.innerText"), "chosen.png",
                 "the page")


@case
def a_dropped_file_is_decoded():
    with Service() as service, shared_browser() as browser:
        browser.open(f"http://127.0.0.1:{service.port}/", *SCREENS["desk"])
        browser.run("""
            const data = new DataTransfer();
            data.items.add(new File(
                [Uint8Array.from(arguments[0])], 'dropped.png'));
            document.getElementById('drop').dispatchEvent(new DragEvent(
                'drop', {bubbles: true, cancelable: true, dataTransfer: data}));
            """, list(good_png()))
        equal(browser.until(VERDICT)["verdict"], "clean", "verdict")
        contains(browser.run("return document.body.innerText"), "dropped.png",
                 "the page")


@case
def the_name_of_a_file_is_text():
    name = "<img src=x onerror=document.title='taken'>.png"
    with Service() as service, shared_browser() as browser:
        browser.open(f"http://127.0.0.1:{service.port}/", *SCREENS["desk"])
        browser.run("decode(new File([Uint8Array.from(arguments[0])], "
                    "arguments[1]))", list(good_png()), name)
        equal(browser.until(VERDICT)["verdict"], "clean", "verdict")
        contains(browser.run("return document.body.innerText"), name, "page")
        equal(browser.run("return [document.title, document.images.length]"),
              ["Pictures in jails", 0], "what became of the page")
        # And what is not its own is not run.
        browser.run("const s = document.createElement('script');"
                    "s.textContent = 'document.title = \"taken\"';"
                    "document.body.append(s)")
        equal(browser.run("return document.title"), "Pictures in jails",
              "the title")


@case
def a_service_that_has_gone_is_said_to_be():
    with Service() as service, shared_browser() as browser:
        browser.open(f"http://127.0.0.1:{service.port}/", *SCREENS["desk"])
        equal(service.stop(), 0, "exit code")
        browser.run("document.querySelector('[data-sample=good]').click()")
        equal(browser.until(VERDICT)["verdict"], "no_answer", "verdict")


if __name__ == "__main__":
    main()
