// @ts-check
// How the card looks: the panel as it hangs on the wall, in the colours of Home Assistant's theme.

export const STYLE = `
:host { display: block; }
[hidden] { display: none !important; }
i { font-style: normal; }
h2 { margin: 0 0 10px 4px; font-size: 20px; font-weight: 500; line-height: 1.2; color: var(--text); }
ha-card { display: block; padding: 12px; container-type: inline-size; height: 100%; box-sizing: border-box;
  --card: var(--ha-card-background, var(--card-background-color, #fff));
  --text: var(--primary-text-color, #212121);
  --muted: color-mix(in srgb, var(--text) 76%, var(--card));
  --line: color-mix(in srgb, var(--text) 16%, var(--card));
  --accent: var(--primary-color, #03a9f4);
  --good: var(--success-color, #43a047);
  --amber: var(--warning-color, #ffa600);
  --red: var(--error-color, #db4437);
  --warning: color-mix(in srgb, var(--amber) 35%, var(--text));
  --critical: color-mix(in srgb, var(--red) 55%, var(--text));
  --steel-1: color-mix(in srgb, #77838f 30%, var(--card));
  --steel-2: color-mix(in srgb, #77838f 55%, var(--card));
  font-variant-numeric: tabular-nums; color: var(--text); }
section { max-width: 1600px; margin: 0 auto; }
.notice { margin: 8px 4px 0; line-height: 1.4; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.enclosure { --row: 36px; --body: 76px; --A: var(--text); --B: #e5484d; --C: #3b82f6;
  padding: 8px; border-radius: 10px; border: 1px solid var(--steel-2); font-size: 14px; line-height: 1.35;
  background: linear-gradient(135deg, var(--steel-1), var(--steel-2)); }
.colours-high { --A: #a0622d; --B: #e0730c; --C: #d8b400; }
.enclosure[data-state="away"] { outline: 3px dashed var(--red); outline-offset: 2px; }
.enclosure[data-state="away"] b { font-weight: 400; color: var(--muted); }

button { font: inherit; color: inherit; text-align: left; border: 0; margin: 0; cursor: pointer; background: none; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; z-index: 1; }
.main-breaker { display: flex; align-items: center; gap: 14px; margin-bottom: 8px; padding: 4px 12px;
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
.main-body { position: relative; display: flex; gap: 3px; padding: 5px 10px; border-radius: 5px; background: linear-gradient(#3a4048, #1c2025); }
.main-body .toggle { width: 17px; height: 30px; box-sizing: border-box; border-radius: 3px; background: #0008; padding: 2px; }
.main-body .handle { display: block; height: 15px; border-radius: 2px; background: linear-gradient(#5d6670, #31373e); }
.main-body .tie { position: absolute; left: 14px; right: 14px; top: 12px; height: 5px; border-radius: 3px; background: #8b949e; }
.totals { display: flex; flex: 1; flex-wrap: wrap; gap: 2px 14px; }
.total { padding: 3px 8px; border-radius: 4px; border-left: 4px solid transparent; }
.total:hover { background: color-mix(in srgb, var(--accent) 9%, var(--card)); }
.total .name { display: block; font-size: 12px; color: var(--muted); }
.total .value { white-space: nowrap; }
.total b { font-size: 16px; font-weight: 600; }
.total .loading { position: static; display: inline-block; width: 84px; vertical-align: middle; margin-left: 6px; }
.phase-total.phase-A { border-color: var(--A); } .phase-total.phase-B { border-color: var(--B); } .phase-total.phase-C { border-color: var(--C); }

.columns { display: grid; grid-template-columns: minmax(0, 1fr) 10px minmax(0, 1fr); }
.bus { background: linear-gradient(90deg, #8a5a2b, #c98b4b 45%, #8a5a2b); }
.column { margin: 0; padding: 0; list-style: none; background: #22272d; }
.slot { height: var(--row); }
.slot.poles-2 { height: calc(2 * var(--row)); }
.slot.poles-3 { height: calc(3 * var(--row)); }
.breaker { display: flex; align-items: stretch; box-sizing: border-box; width: 100%; height: 100%; padding: 0; position: relative;
  background: var(--card); border-bottom: 1px solid var(--line); }
.right .breaker { flex-direction: row-reverse; }
button.breaker:hover { background: color-mix(in srgb, var(--accent) 9%, var(--card)); }
.rows { display: flex; flex-direction: column; width: 56px; flex: none; }
.pole { flex: 1; display: flex; align-items: center; gap: 6px; }
.right .pole { flex-direction: row-reverse; }
.pole + .pole { border-top: 1px dotted var(--line); }
.number { width: 28px; text-align: right; font-weight: 700; font-size: 13px; }
.right .number { text-align: left; }
.phase { width: 17px; text-align: center; font-size: 12px; font-weight: 700; color: var(--muted); border-left: 4px solid transparent; padding-left: 2px; }
.right .phase { border-left: 0; border-right: 4px solid transparent; padding: 0 2px 0 0; }
.phase-A .phase { border-color: var(--A); } .phase-B .phase { border-color: var(--B); } .phase-C .phase { border-color: var(--C); }
.amps { width: 68px; flex: none; align-self: center; text-align: right; white-space: nowrap; }
.right .amps { margin-right: 8px; }
.amps b { font-size: 15px; font-weight: 600; }
i { color: var(--muted); font-size: 12px; }
.label { flex: 1; min-width: 0; position: relative; display: flex; flex-wrap: wrap; align-content: center; align-items: baseline;
  gap: 0 10px; padding: 0 10px 5px; }
.description { flex: 1 1 90px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; }
.space .description { color: var(--muted); font-weight: 400; }
.about { font-size: 12px; color: var(--muted); white-space: nowrap; }
.figures { margin-left: auto; text-align: right; white-space: nowrap; }
.figures b { font-weight: 600; }
.poles-2 .description, .poles-3 .description { flex-basis: 100%; }
.loading { position: absolute; left: 10px; bottom: 2px; width: calc(100% - 20px); height: 4px; overflow: hidden; border-radius: 2px;
  background: linear-gradient(90deg, transparent 79.6%, var(--text) 79.6% 80.4%, transparent 80.4%), var(--line); }
.fill { display: block; height: 100%; background: var(--good); opacity: 0.9; }
[data-severity="warning"] .fill { background: var(--amber); }
[data-severity="critical"] .fill { background: var(--red); }
.main-breaker .fill { background: var(--good); }
.main-breaker [data-level="warning"] .fill { background: var(--amber); }
.main-breaker [data-level="critical"] .fill { background: var(--red); }
[data-severity="warning"], button.breaker[data-severity="warning"] { background: color-mix(in srgb, var(--amber) 16%, var(--card)); }
[data-severity="critical"], button.breaker[data-severity="critical"] { background: color-mix(in srgb, var(--red) 18%, var(--card)); }
[data-severity="warning"] .description::before { content: "▲ "; color: var(--warning); }
[data-severity="critical"] .description::before { content: "■ "; color: var(--critical); }
.alarm { font-size: 12px; font-weight: 700; padding: 0 6px; border-radius: 8px; border: 1px solid currentColor; color: var(--critical);
  min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[data-severity="warning"] .alarm { color: var(--warning); }
.poles-1 .label:has(.alarm:not([hidden])) { flex-wrap: nowrap; }
.poles-1 .label:has(.alarm:not([hidden])) :is(.about, .power) { display: none; }
.poles-1 .label:has(.alarm:not([hidden])) .description { flex: 1 1 auto; }

.body { position: relative; width: var(--body); flex: none; display: flex; flex-direction: column; margin: 1px 0; border-radius: 3px;
  background: linear-gradient(#3a4048, #1c2025); box-shadow: inset 0 0 0 1px #0007, inset 0 1px 0 #fff2; }
.body .toggle { flex: 1; display: flex; align-items: center; justify-content: flex-end; padding: 0 10px; }
.right .body .toggle { justify-content: flex-start; }
.body .toggle::before { content: ""; position: absolute; width: 46px; height: calc(var(--row) * 0.46); background: #0007; border-radius: 3px; }
.body .handle { position: relative; z-index: 1; width: 27px; height: calc(var(--row) * 0.6); margin: 0 -2px; border-radius: 3px; color: #fff;
  background: linear-gradient(90deg, #31373e, #5d6670 45%, #31373e); box-shadow: 0 1px 2px #000a;
  font-size: 12px; font-weight: 700; line-height: calc(var(--row) * 0.6); text-align: center; }
.body .tie { position: absolute; z-index: 2; right: 11px; width: 5px; border-radius: 3px; top: calc(var(--row) * 0.8); bottom: calc(var(--row) * 0.32);
  background: linear-gradient(90deg, #6e7781, #b4bcc4, #6e7781); }
.right .body .tie { right: auto; left: 11px; }
.blank { flex: 1; background: linear-gradient(var(--steel-1), var(--steel-2)); box-shadow: inset 0 0 0 1px #0004; border-radius: 2px; }

@container (max-width: 980px) { .poles-1 .about, .poles-1 .power, .poles-1 .alarm .state { display: none; } }
@container (max-width: 660px) {
  h2 { margin: 0 0 6px; font-size: 18px; }
  .enclosure { --row: 52px; --body: 32px; padding: 4px; border-radius: 6px; }
  .columns { grid-template-columns: minmax(0, 1fr) 5px minmax(0, 1fr); }
  .main-body, .figures { display: none; }
  .main-breaker { flex-wrap: wrap; padding: 4px; margin-bottom: 4px; }
  .totals { flex-basis: 100%; display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 2px; align-items: start; }
  .total { padding: 2px 4px; }
  .total b { font-size: 14px; }
  .total .loading { display: block; width: 64px; margin: 2px 0 0; }
  .breaker { flex-wrap: nowrap; }
  .rows { width: 36px; }
  .pole, .right .pole { gap: 3px; }
  .number { width: 20px; font-size: 12px; }
  .phase { width: 11px; border-width: 3px; font-size: 11px; padding: 0 0 0 1px; }
  .amps { position: absolute; left: 41px; top: 3px; width: auto; text-align: left; line-height: 1.1; z-index: 1; }
  .right .amps { left: auto; right: 41px; margin: 0; }
  .amps b { font-size: 14px; }
  .label { padding: 17px 5px 6px; align-content: flex-start; }
  .right .label { text-align: right; }
  .about { flex-basis: 100%; }
  .description, .poles-1 .label:has(.alarm:not([hidden])) .description { flex: 1 1 100%; font-size: 12px; line-height: 1.15;
    white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
  .poles-1 .label:has(.alarm:not([hidden])) { flex-wrap: wrap; }
  .poles-1 .alarm { position: absolute; top: 2px; right: 3px; max-width: calc(100% - 58px); }
  .right .poles-1 .alarm { right: auto; left: 3px; }
  .alarm { font-size: 10px; padding: 0 3px; }
  .loading { left: 4px; width: calc(100% - 8px); }
  .body .toggle, .right .body .toggle { padding: 0 4px; }
  .body .toggle::before { width: 25px; }
  .body .handle { width: 22px; font-size: 11px; }
  .body .tie { right: 9px; }
  .right .body .tie { left: 9px; }
}
@container (max-width: 320px) { .poles-1 .alarm { display: none; } }
`;

export const EDITOR_STYLE = `
:host { display: block; }
label { display: block; margin-bottom: 16px; color: var(--primary-text-color); }
label span { display: block; margin-bottom: 4px; }
label[for="main"] { display: flex; flex-direction: row-reverse; justify-content: flex-end; align-items: center; gap: 10px; }
label[for="main"] span { margin: 0; }
select, input[type="text"] { width: 100%; box-sizing: border-box; padding: 12px; font: inherit; color: var(--primary-text-color);
  background: var(--card-background-color, #fff); border: 1px solid var(--secondary-text-color); border-radius: 6px; }
input[type="text"]::placeholder { color: var(--primary-text-color); opacity: 0.75; }
input[type="checkbox"] { width: 20px; height: 20px; accent-color: var(--primary-color); }
:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 1px; }
`;
