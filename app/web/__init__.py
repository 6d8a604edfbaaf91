"""The page: reply -> HTML -> browser.

data/start.toml  what the first screen offers
view.py          reply JSON -> what the templates show
render.py        templates -> HTML; every value is escaped
routes.py        the page's own addresses: answer stream, reader, shared passages, offline page
forged.py        requests that Gradio's own addresses would break on
page.py          the Gradio Blocks that hold the parts; the only import of gradio
static/          style sheets and browser modules, served as they are
"""
