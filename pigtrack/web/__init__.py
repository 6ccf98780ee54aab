"""The web app: parses what a browser sends, asks the tracker, shows. Nothing is measured here, no file is opened.

`app` puts it together; `guard` is the one place that asks who somebody is and whether they may; `safety` is what
holds for every answer; `posted` reads forms; `pages` sets templates; `problems` tells faults; `routes` has a module a
chapter.
"""
