"""The report's style sheet. Every pair of colours of text and ground has a contrast of at least 4.5 to 1."""

STYLE = """
:root{color-scheme:light dark;--ground:#fbfaf7;--card:#fff;--ink:#1c2024;--soft:#565d66;--rule:#d9d6cd;--good:#0f6b3d;
--good-ground:#e3f2e8;--bad:#a5281b;--bad-ground:#fae8e4;--open:#7a5200;--open-ground:#fbf0d8;--accent:#1f5a99;
--code:#f3f1eb}
@media (prefers-color-scheme:dark){:root{--ground:#15181b;--card:#1d2125;--ink:#e9e7e2;--soft:#a9b0b8;--rule:#3a4046;
--good:#6fd39b;--good-ground:#173527;--bad:#ff9c8c;--bad-ground:#43201b;--open:#f0c568;--open-ground:#3a2f14;
--accent:#8ec1f7;--code:#262b30}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:64rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.75rem}
h1{font-size:1.7rem;line-height:1.2;margin:.1rem 0 .9rem;text-wrap:balance}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .6rem}
h3{font-size:1rem;line-height:1.35;margin:0 0 .4rem}
p{margin:0 0 .75rem;max-width:46rem}
a{color:var(--accent)}
.eyebrow{color:var(--soft);font-size:.875rem;margin:0}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
section{margin:2.5rem 0 0;padding-top:1.25rem;border-top:1px solid var(--rule)}
.verdict{background:var(--open-ground);border-left:.4rem solid var(--open);padding:1rem 1.1rem;border-radius:.3rem}
.verdict p:last-child{margin-bottom:0}
.verdict.passes{background:var(--good-ground);border-color:var(--good)}
.verdict.none{background:var(--bad-ground);border-color:var(--bad)}
.headline{font-size:1.15rem;font-weight:600}
.badge{display:inline-block;font-size:.8125rem;font-weight:600;padding:.05rem .5rem;border-radius:1rem;
border:1px solid currentColor;color:var(--open);white-space:nowrap}
.verdict .badge{margin-bottom:.5rem;white-space:normal}
.passes .badge,.badge.passes{color:var(--good)}
.none .badge,.badge.fails{color:var(--bad)}
.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;margin:1rem 0}
.key div{background:var(--card);border:1px solid var(--rule);border-radius:.3rem;padding:.5rem .75rem}
.key dt{color:var(--soft);font-size:.8125rem}
.key dd{margin:0;font-size:1.15rem;font-weight:600;font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:1rem 0 0;font-size:.9375rem}
.stack{overflow-x:auto}.stack+.stack{margin-top:1rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;background:var(--card);
font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding:0 0 .4rem;background:var(--ground)}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border:1px solid var(--rule);overflow-wrap:break-word}
thead th{font-size:.8125rem;color:var(--soft);font-weight:600}
tbody th{font-weight:600}
.number{text-align:right;white-space:nowrap}
tr.chosen>*{background:var(--good-ground)}
small,.note{color:var(--soft);font-size:.875rem}
figure{margin:0 0 1rem}
figcaption{font-size:.875rem;color:var(--soft);margin-top:.35rem;max-width:46rem}
svg{display:block;width:100%;height:auto;background:var(--card);border:1px solid var(--rule);border-radius:.3rem}
.wide svg{max-width:44rem}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--ink)}
svg .soft{fill:var(--soft)}
svg .axis{stroke:var(--rule);stroke-width:1}
svg .bar-line{stroke:var(--accent);stroke-width:1.5;stroke-dasharray:5 4}
svg .bar-text{fill:var(--accent);font-weight:600}
svg .good{stroke:var(--good)}svg .bad{stroke:var(--bad)}svg .open{stroke:var(--open)}svg .unprobed{stroke:var(--soft)}
svg .mark{stroke-width:2.5;fill:var(--card)}svg .mark.good{fill:var(--good)}
svg .interval{stroke-width:1.5}
svg .good-area{fill:var(--good);opacity:.16}svg .bad-area{fill:var(--bad);opacity:.13}
svg .limit{fill:none;stroke-width:1.25}
svg .walk{fill:none;stroke:var(--ink);stroke-width:2}
svg .halo{paint-order:stroke;stroke:var(--card);stroke-width:3px;font-weight:600}
svg .lit{fill:var(--good);opacity:.22}svg .lit-text{fill:var(--good)}
.cells{display:flex;flex-wrap:wrap;gap:2px;margin:0 0 .6rem}.cells-of{margin:0 0 .15rem;font-size:.875rem}
.cell{width:1.15rem;height:1.15rem;line-height:1.15rem;text-align:center;font-size:.8125rem;text-decoration:none;
border-radius:.15rem}
.cell.good{color:var(--good);background:var(--good-ground)}.cell.bad{color:var(--bad);background:var(--bad-ground);
font-weight:700}.cell.soft{color:var(--soft)}
.texts article{display:none}.texts article:target{display:block}
article:target{outline:2px solid var(--accent);outline-offset:2px}
.paths{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1rem}
.long{display:inline-block;min-width:10.5rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0;margin:.4rem 0 0;font-size:.875rem}
.swatch{font-weight:700;margin-right:.3rem}
.swatch.good{color:var(--good)}.swatch.bad{color:var(--bad)}.swatch.open{color:var(--open)}
.swatch.soft{color:var(--soft)}.swatch.accent{color:var(--accent)}
.meter{display:block;height:.3rem;margin-top:.25rem;background:var(--accent);border-radius:.15rem;min-width:2px;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.failing{display:grid;gap:1rem}
article{background:var(--card);border:1px solid var(--rule);border-radius:.3rem;padding:.8rem .9rem;break-inside:avoid}
article table{font-size:.875rem}
article caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);padding:0}
article td:first-child,article th:first-child{width:2.2rem}article tbody th{width:45%}
blockquote{margin:0 0 .6rem;padding:.5rem .7rem;background:var(--code);border-radius:.3rem;white-space:pre-wrap;
font-size:.9375rem;max-height:14rem;overflow:auto}
pre{background:var(--code);border:1px solid var(--rule);border-radius:.3rem;padding:.75rem;overflow-x:auto;
font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:normal}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.9em}
details{margin:.4rem 0}
summary{cursor:pointer;color:var(--accent)}
summary:focus-visible,a:focus-visible,pre:focus-visible,blockquote:focus-visible{outline:2px solid var(--accent);
outline-offset:2px}
.plain div{display:grid;grid-template-columns:minmax(7rem,12rem) 1fr;gap:.2rem .8rem;padding:.25rem 0;
border-bottom:1px solid var(--rule)}
.plain dt{color:var(--soft)}.plain dd{margin:0}
ul{padding-left:1.2rem}
ul.smaller{list-style:none;padding:0}ul.smaller li{margin-bottom:.5rem}
footer{color:var(--soft);font-size:.875rem;padding-top:1.5rem;padding-bottom:2.5rem}
@media (max-width:40rem){
.long{min-width:0}
h1{font-size:1.45rem}
table.stack thead,.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack table,.stack tbody,.stack tr,.stack td,.stack tbody th,.stack caption{display:block;width:100%}
.stack tr{border:1px solid var(--rule);border-radius:.3rem;margin-bottom:.6rem;padding:.35rem .1rem;overflow:hidden}
.stack table{background:none;border:0}
.stack tr{background:var(--card)}
.stack td,.stack tbody th{border:0;display:flex;gap:.6rem;justify-content:space-between;text-align:right;
padding:.15rem .6rem;white-space:normal}
.stack tbody th{display:block;text-align:left;font-size:1rem}
.stack td:first-child{display:none}
.stack .none{display:none}
.stack td::before{content:attr(data-label);color:var(--soft);text-align:left;flex:none}
.stack td:has(.long){justify-content:flex-start;text-align:left}
.stack tbody th[data-number]::before{content:attr(data-number) ". "}
.stack tr.chosen,.stack tr.chosen>*{background:var(--good-ground)}
.stack .meter{display:none}
.plain div{grid-template-columns:1fr}
}
@media print{
:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--good:#0f6b3d;--good-ground:#eef6f0;--bad:#a5281b;
--bad-ground:#fbefec;--open:#7a5200;--open-ground:#fbf5e6;--accent:#1f5a99;--code:#f5f5f5}
@page{margin:16mm 14mm}
body{font-size:10pt}
nav,.skip,.texts{display:none}
header,main,footer{max-width:none;padding-left:0;padding-right:0}
section{margin-top:1.2rem;padding-top:.8rem}
h2,h3,caption{break-after:avoid}
figure,tr,.verdict{break-inside:avoid}
.paths,.failing{grid-template-columns:1fr 1fr;gap:.6rem}
table,article table{font-size:8.5pt}
th,td{padding:.2rem .35rem}
article{padding:.5rem}
.long{min-width:9rem}
.key dd,.headline{font-size:11pt}
blockquote{max-height:none;overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
.wide svg{max-width:32rem}
}
"""
