"""How HTML reports look: light and dark as the reader's system is, and on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --text: #1d2329; --muted: #5c6670; --base: #ffffff; --raised: #f3f5f7;
  --border: #d5dae0; --good: #1a7f37; --warning: #9a6700; --bad: #c0232c; --accent: #0b62c4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --muted: #9aa5b0; --base: #171b1f; --raised: #22282e;
  --border: #3a434c; --good: #4cc26b; --warning: #e3b341; --bad: #ff7b72; --accent: #6cb0ff; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 "Segoe UI", system-ui, sans-serif; color: var(--text); background: var(--base);
  max-width: 70rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; border-bottom: 1px solid var(--border); padding-bottom: .3rem; }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .2rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem; border-bottom: 1px solid var(--border);
  overflow-wrap: anywhere; }
th { background: var(--raised); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1rem 0; }
dt { color: var(--muted); } dd { margin: 0; }
.verdict { white-space: nowrap; font-weight: 600; }
.good { color: var(--good); } .warning { color: var(--warning); } .bad { color: var(--bad); }
.muted { color: var(--muted); }
.conclusion { border: 1px solid var(--border); border-left: 5px solid currentColor; border-radius: 5px;
  background: var(--raised); padding: .7rem 1rem; margin: 1.2rem 0; } .conclusion span { color: var(--text); }
ul { padding-left: 1.2rem; margin: .4rem 0; } li { margin: .25rem 0; }
.back { float: right; font-size: .85rem; font-weight: 400; }
@page { margin: 15mm; }
@media print { :root { --text: #000; --muted: #444; --base: #fff; --raised: #fff; --border: #999; --good: #000;
  --warning: #000; --bad: #000; --accent: #000; } body { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
  h2, h3, tr, li { break-inside: avoid; } h2, h3 { break-after: avoid; } thead { display: table-header-group; }
  .back { display: none; } }
"""
