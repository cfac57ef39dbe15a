/** The style of the page; the page's policy names it by hash, so that no other is applied, in attributes neither. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f6f7f9, #14171c);
  --panel: light-dark(#ffffff, #1c2128);
  --text: light-dark(#1b2129, #e4e8ee);
  --soft: light-dark(#56616f, #a3aebc);
  --line: light-dark(#d5dae1, #363e49);
  --link: light-dark(#0b5cad, #79b8ff);
  --critical: light-dark(#8a0f3c, #ff8fb3);
  --high: light-dark(#b3261e, #ff9a8f);
  --medium: light-dark(#8a5300, #ffc46b);
  --low: light-dark(#3d5a80, #9cc0ee);
  --del: light-dark(#fdecea, #40201f);
  --ins: light-dark(#e7f5ea, #17361f);
  --mark: light-dark(#fff3c9, #453a12);
  --code: light-dark(#f0f2f5, #12151a);
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--bg); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: clamp(1.4rem, 4vw, 2.1rem); line-height: 1.2; margin: .2rem 0 .6rem; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0 0 .4rem; display: flex; flex-wrap: wrap; gap: .5rem; align-items: baseline; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
.eyebrow, .summary, .note, .place, .count, .action { color: var(--soft); }
.eyebrow, .place, .note, .count, .action { font-size: .875rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--panel); padding: .5rem 1rem; z-index: 2; }
.strip { display: block; width: 100%; height: .75rem; border-radius: .4rem; background: var(--line); margin-top: 1rem; }
rect.critical { fill: var(--critical); } rect.high { fill: var(--high); }
rect.medium { fill: var(--medium); } rect.low { fill: var(--low); }
.counts { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .5rem 0 1.5rem; padding: 0; }
.counts b { font-size: 1.35rem; font-variant-numeric: tabular-nums; }
li.critical b { color: var(--critical); } li.high b { color: var(--high); }
li.medium b { color: var(--medium); } li.low b { color: var(--low); }
.box { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin-bottom: 1rem; }
.box ul { margin: .3rem 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
.alarm { border-color: var(--high); border-left-width: .4rem; }
#findings { margin-top: 1.75rem; padding-bottom: 3rem; }
#findings:focus { outline: none; }
#tools { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-bottom: .5rem; }
#tools[hidden] { display: none; }
#tools label { display: grid; gap: .15rem; font-size: .8rem; color: var(--soft); }
#tools .wide-field { flex: 1 1 15rem; }
input, select, button {
  font: inherit; font-size: .95rem; color: var(--text); background: var(--panel);
  border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .6rem; min-height: 2.4rem; max-width: 100%;
}
input { width: 100%; }
button { cursor: pointer; }
button[aria-pressed='true'] { border-color: var(--link); color: var(--link); }
button:hover, summary:hover { border-color: var(--soft); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
#status { color: var(--soft); font-size: .875rem; min-height: 1.5em; }
.group { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; margin-bottom: .6rem; }
.group > summary { display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: baseline; padding: .65rem 1rem; cursor: pointer; border-radius: .6rem; }
.group > summary::before { content: '\\25B8'; color: var(--soft); }
.group[open] > summary::before { content: '\\25BE'; }
.group > summary::-webkit-details-marker { display: none; }
.title { font-weight: 600; overflow-wrap: anywhere; flex: 1 1 12rem; }
.badge { font-size: .75rem; font-weight: 700; text-transform: uppercase; letter-spacing: .03em; border: 1px solid currentColor; border-radius: .3rem; padding: 0 .4rem; }
.badge.critical { color: var(--critical); } .badge.high { color: var(--high); }
.badge.medium { color: var(--medium); } .badge.low { color: var(--low); } .badge.new { color: var(--link); }
.card { border-top: 1px solid var(--line); padding: .9rem 1rem .9rem 1.1rem; border-left: .3rem solid transparent; }
.card.critical { border-left-color: var(--critical); } .card.high { border-left-color: var(--high); }
.card.medium { border-left-color: var(--medium); } .card.low { border-left-color: var(--low); }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .85rem; }
code { background: var(--code); border-radius: .25rem; padding: .05rem .25rem; overflow-wrap: anywhere; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .4rem; margin: .2rem 0 .6rem; padding: .5rem 0; overflow-x: auto; line-height: 1.45; }
pre > * { display: block; padding: 0 .75rem; min-width: max-content; white-space: pre; text-decoration: none; }
pre .number { color: var(--soft); user-select: none; display: inline-block; min-width: 2.5rem; padding-right: .75rem; text-align: right; }
pre mark { background: var(--mark); color: inherit; }
pre del { background: var(--del); } pre ins { background: var(--ins); }
figure { margin: .6rem 0 0; }
figcaption { font-size: .8rem; color: var(--soft); }
.command { display: flex; gap: .5rem; align-items: start; }
.command code { flex: 1 1 auto; padding: .45rem .6rem; border: 1px solid var(--line); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 4rem; }
td.open, td.expired { color: var(--high); font-weight: 600; }
td.warned, td.expiring, td.unused { color: var(--medium); font-weight: 600; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  header, main { padding-left: .8rem; padding-right: .8rem; }
  #tools label { flex: 1 1 8rem; }
  .command { flex-direction: column; }
  .command code { width: 100%; }
}
@media print {
  :root, :root[data-theme='dark'] { color-scheme: light; }
  :root { font-size: 11px; }
  body { background: #fff; }
  .strip, pre mark, pre ins, pre del { print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  #tools, .skip, button { display: none !important; }
  .box, .group { border-color: #999; }
  .card, figure, tr { break-inside: avoid; }
  pre > * { white-space: pre-wrap; min-width: 0; }
  details::details-content { content-visibility: visible !important; display: block; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
