'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const labels = {
    power_on: 'Power on', link: 'Network link', lease: 'DHCP lease', radio_on: 'Radio on', waiting: 'Waiting for code',
    code_received: 'Code received', redirected: 'Redirected', configured: 'Configured', restarted: 'Restarted',
    registered: 'Registered', in_service: 'In service', ready: 'Ready', locked: 'Locked to base',
    subscribed: 'Registered', located: 'Located'
  };
  const explain = {
    power_on: 'the device gets power', link: 'its Ethernet link is up', lease: 'the DHCP server acknowledged an address',
    radio_on: 'its transmitter is on', waiting: 'it announces that it waits for a code',
    code_received: 'a handset delivered a code over the air', redirected: 'the redirection server answered with an address',
    configured: 'the provisioning server delivered its file', restarted: 'it restarted with the configuration',
    registered: 'the registrar holds a binding', in_service: 'it announces that it is in service',
    ready: 'powered, on the air, in service and registered (handset: registered and located at such a base); timed from power on',
    locked: 'the handset follows a base', subscribed: 'a base granted access rights',
    located: 'the base that it follows accepted its location'
  };
  const steps = ['power_on', 'link', 'lease', 'radio_on', 'waiting', 'code_received', 'redirected', 'configured',
    'restarted', 'registered', 'in_service', 'ready'];

  // --- small helpers ---------------------------------------------------------------------------------
  const element = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) {
      if (k === 'class') e.className = v;
      else if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
      else e.setAttribute(k, v);
    }
    for (const c of children.flat()) if (c !== null && c !== undefined) e.append(c);
    return e;
  };
  const number = (v, digits = 0) => v.toLocaleString('en-US', {maximumFractionDigits: digits, minimumFractionDigits: 0});
  const time = s => {
    if (s === null || s === undefined) return '–';
    if (s < 0.0995) return `${number(s * 1000, 0)} ms`;
    if (s < 9.95) return `${number(s, 1)} s`;
    if (s < 119.5) return `${number(s, 0)} s`;
    if (s < 7170) return `${Math.floor(Math.round(s) / 60)} min ${String(Math.round(s) % 60).padStart(2, '0')} s`;
    return `${number(s / 3600, 1)} h`;
  };
  const octets = v => v < 1000 ? `${number(v)} B` : v < 1e6 ? `${number(v / 1e3, 1)} kB` : `${number(v / 1e6, 1)} MB`;
  const share = (a, b) => b === 0 ? 0 : a / b;
  const percent = v => v >= 0.9995 ? '100 %' : v > 0.99 ? '99 %' : `${number(v * 100, 0)} %`;
  const plural = (n, one, many) => `${number(n)} ${n === 1 ? one : many || one + 's'}`;
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const fade = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, '0');
  const verdict = s => {
    const bad = [s.failed ? `${number(s.failed)} failed` : '', s.not_completed ? `${number(s.not_completed)} not completed` : ''];
    const text = bad.filter(t => t).join(', ');
    if (!text) return ['good', s.runs === 1 ? 'passed' : `all ${number(s.runs)} passed`];
    return ['bad', s.runs === 1 ? text.slice(2) : `${text} of ${number(s.runs)}`];
  };
  const badge = (kind, text) => element('span', {class: `badge ${kind}`}, text);
  const table = (head, rows) => element('div', {class: 'scroll'}, element('table', {},
    element('thead', {}, element('tr', {}, head.map(h => element('th', h.num ? {class: 'num'} : {}, h.text)))),
    element('tbody', {}, rows.map(r => element('tr', {}, r.map((c, i) =>
      element('td', head[i].num ? {class: 'num'} : {}, c)))))));
  const card = (title, hint, wide, ...content) => element('div', {class: wide ? 'card wide' : 'card'},
    element('h3', {}, title), hint ? element('p', {class: 'hint'}, hint) : null, ...content);

  // --- charts, drawn when they come into view and again when the colours or the width change ----------
  const charts = [];
  const seen = 'IntersectionObserver' in window ? new IntersectionObserver(entries => {
    for (const e of entries) if (e.isIntersecting) { seen.unobserve(e.target); e.target.shown = true; e.target.draw(); }
  }, {rootMargin: '600px'}) : null;
  const chart = make => {
    const box = element('div', {class: 'chart'});
    let plot = null;
    box.draw = () => {
      if (!box.shown || box.clientWidth === 0) return;
      if (plot) plot.destroy();
      plot = make(box, box.clientWidth);
    };
    charts.push(box);
    if (seen) seen.observe(box); else { box.shown = true; requestAnimationFrame(box.draw); }
    return box;
  };
  const redraw = () => charts.forEach(c => c.draw());
  let pending = 0;
  addEventListener('resize', () => { clearTimeout(pending); pending = setTimeout(redraw, 150); });
  addEventListener('beforeprint', () => charts.forEach(c => { c.shown = true; c.draw(); }));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

  const axisTime = v => v >= 5400 ? `${number(v / 3600, 1)} h` : v >= 100 ? `${number(v / 60, 1)} min` : `${number(v, 1)} s`;
  const niceTimes = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800];
  const axes = (y, size) => [
    {stroke: colour('--soft'), grid: {stroke: colour('--line'), width: 1}, ticks: {show: false}, incrs: niceTimes, space: 70, size: 32,
      values: (u, splits) => splits.map(axisTime), font: '12px system-ui, sans-serif'},
    {stroke: colour('--soft'), grid: {stroke: colour('--line'), width: 1}, ticks: {show: false}, size,
      values: (u, splits) => splits.map(y), font: '12px system-ui, sans-serif'}
  ];
  const options = (width, series, scaleY, y, size, bands) => ({
    width, height: 260, series, bands: bands || [], axes: axes(y, size),
    scales: {x: {time: false}, y: scaleY}, cursor: {drag: {x: true, y: false}, points: {size: 6}},
    legend: {live: true}, padding: [10, 12, 0, 0]
  });

  const readyChart = (s) => chart((box, width) => {
    const kinds = [['bases', 'Bases', '--c1'], ['handsets', 'Handsets', '--c2']].filter(k => s.ready[k[0]]);
    const end = Math.max(1, ...kinds.map(k => s.ready[k[0]].x[s.ready[k[0]].x.length - 1])) * 1.04;
    const stepped = uPlot.paths.stepped({align: 1});
    const series = [{label: 'Time', value: (u, v) => v === null ? '–' : time(v)}];
    const tables = [], bands = [];
    for (const [key, label, hue] of kinds) {
      const c = s.ready[key], stroke = colour(hue), first = series.length;
      const value = (u, v) => v === null || v === undefined ? '–' : percent(v);
      const last = a => a.concat([a[a.length - 1]]);
      tables.push([c.x.concat([end]), last(c.mean), ...(s.runs > 1 ? [last(c.high), last(c.low)] : [])]);
      series.push({label, stroke, width: 2.2, paths: stepped, points: {show: false}, value});
      if (s.runs > 1) {
        series.push({label: 'best run', stroke: fade(stroke, 0.35), width: 1, paths: stepped, points: {show: false}, value});
        series.push({label: 'worst run', stroke: fade(stroke, 0.35), width: 1, paths: stepped, points: {show: false}, value});
        bands.push({series: [first + 1, first + 2], fill: fade(stroke, 0.13)});
      }
    }
    if (!tables.length) return null;
    // Joined on one time axis; between its own points a curve keeps its value.
    const joined = uPlot.join(tables);
    for (let i = 1; i < joined.length; ++i) {
      let held = 0;
      joined[i] = Array.from(joined[i], v => (v === null || v === undefined) ? held : (held = v));
    }
    return new uPlot(options(width, series, {range: [0, 1.03]}, v => percent(v), 52, bands), joined, box);
  });

  const loadChart = (s, measure) => chart((box, width) => {
    const load = s.load, x = Array.from({length: load.bins + 1}, (v, i) => i * load.bin_s);
    const series = [{label: 'Time', value: (u, v) => v === null ? '–' : time(v)}], columns = [x];
    const digits = ['queue', 'connections'].includes(measure.key) ? 0 : 2, show = measure.show || (v => number(v, digits));
    load.servers.forEach((server, i) => {
      const stroke = colour(`--c${i % 8 + 1}`);
      columns.push(server[measure.key].concat([0]));
      series.push({label: server.path.replace(/^internet\//, ''), stroke, width: 1.8, fill: fade(stroke, 0.1),
        paths: uPlot.paths.stepped({align: 1}), points: {show: false},
        value: (u, v) => v === null || v === undefined ? '–' : show(v)});
    });
    return new uPlot(options(width, series, {range: (u, low, high) => [0, Math.max(high * 1.08, measure.least)]},
      v => show(v), measure.show ? 62 : 46), columns, box);
  });
  const loadCard = s => {
    if (!s.load.servers.length) return null;
    const measures = [{key: 'mean', text: 'Requests/s', least: 0.1}, {key: 'queue', text: 'Queue', least: 1},
      {key: 'connections', text: 'Connections', least: 1},
      {key: 'egress', text: 'Sent/s', least: 1, show: octets}, {key: 'errors', text: 'Errors/s', least: 0.1},
      {key: 'retries', text: 'Retries/s', least: 0.1}];
    const some = key => s.load.servers.some(v => v[key].some(x => x > 0));
    if (some('handshakes')) measures.push({key: 'handshakes', text: 'TLS handshakes/s', least: 0.1});
    if (s.runs > 1) measures.splice(1, 0, {key: 'high', text: 'Busiest run', least: 0.1});
    const place = element('div');
    const buttons = measures.map(m => element('button', {type: 'button', 'aria-pressed': 'false', onclick: () => pick(m)}, m.text));
    const pick = m => {
      measures.forEach((x, i) => buttons[i].setAttribute('aria-pressed', String(x === m)));
      for (const old of place.children) charts.splice(charts.indexOf(old), 1);
      place.replaceChildren(loadChart(s, m));
    };
    pick(measures[0]);
    const runs = s.runs > 1 ? 'rates: mean over the runs; queue and connections: highest of any run' : 'this run';
    return card('Load at every server', `In steps of ${time(s.load.bin_s)}; ${runs}. Drag to zoom, double-click to go back.`,
      true, element('div', {class: 'switch', role: 'group'}, buttons), place);
  };

  // --- the parts of a scenario ------------------------------------------------------------------------
  const funnel = (list, total, narrow) => {
    const rows = [element('div', {class: 'h'}, 'Milestone'), element('div', {class: 'h'}, 'Reached by'),
      element('div', {class: 'h num'}, 'p50'), element('div', {class: 'h num'}, 'p95'), element('div', {class: 'h num opt'}, 'slowest')];
    list.forEach((step, i) => {
      const part = share(step.reached, total);
      const lost = i > 0 && step.reached < list[i - 1].reached;
      if (step.name === 'ready') rows.push(element('div', {class: 'total'}));
      const kind = `bar${lost ? ' lost' : ''}${part < 0.3 ? ' small' : ''}${step.reached === 0 ? ' none' : ''}`;
      const fill = element('i');
      fill.style.width = `${part * 100}%`;
      rows.push(element('div', {title: explain[step.name]}, labels[step.name]),
        element('div', {class: kind}, fill, element('b', {}, `${number(step.reached)}${step.reached === total ? '' : ` (${percent(part)})`}`)),
        ...['p50', 'p95', 'max'].map((p, k) => element('div', {class: k === 2 ? 'num opt' : 'num'},
          step.took ? (step.name === 'ready' ? element('b', {}, time(step.took[p])) : time(step.took[p])) : element('span', {class: 'dim'}, '–'))));
    });
    return element('div', {class: narrow ? 'funnel narrow' : 'funnel'}, rows);
  };

  const stripes = 'repeating-linear-gradient(135deg, var(--line) 0 4px, var(--track) 4px 8px)';
  const laneColours = {link: '--c5', lease: '--c3', radio_on: '--c8', waiting: '--c7', code_received: '--line', redirected: '--c2',
    configured: '--c4', restarted: '--c9', registered: '--c1', in_service: '--good'};
  const timelineCard = s => {
    const t = s.timeline;
    if (!t.bases.length) return null;
    const last = Math.max(1, ...t.bases.map(b => Math.max(0, ...b.t.filter(v => v !== null)))) * 1.01;
    const used = new Set(), rows = [];
    for (const b of t.bases) {
      const lane = element('div', {class: 'lane'});
      let before = b.t[0];
      for (let m = 1; m < 11; ++m) {
        const at = b.t[m];
        if (at === null || before === null || at < before) continue;
        const piece = element('i', {title: `${labels[steps[m]]}: ${time(at)} (after ${time(at - before)})`});
        piece.style.left = `${before / last * 100}%`;
        piece.style.width = `max(${(at - before) / last * 100}%, 1px)`;
        piece.style.background = steps[m] === 'code_received' ? stripes : `var(${laneColours[steps[m]]})`;
        used.add(steps[m]);
        lane.append(piece);
        before = at;
      }
      rows.push(element('div', {class: 'mono'}, b.path.split('/').slice(-1)[0]), lane,
        element('div', {class: 'num'}, b.cause ? element('span', {class: 'ko'}, b.cause) : time(b.t[11])));
    }
    const keys = steps.filter(n => used.has(n)).map(n => {
      const mark = element('i');
      mark.style.background = n === 'code_received' ? stripes : `var(${laneColours[n]})`;
      return element('span', {}, mark, n === 'code_received' ? 'waits for a code' : `until ${labels[n].toLowerCase()}`);
    });
    const more = t.left_out ? ` The first ${t.bases.length} of ${number(t.bases.length + t.left_out)} bases.` : '';
    return card(`Base by base, seed ${t.seed}`, `From the start of the run to ${time(last)}; at the right when each was ready.${more}`, true,
      element('div', {class: 'keys'}, keys), element('div', {class: 'lanes'}, rows));
  };

  const causesCard = s => {
    const rows = [];
    for (const [key, one] of [['bases', 'base'], ['handsets', 'handset']]) {
      for (const c of s.causes[key]) {
        rows.push([element('b', {}, c.cause), plural(c.devices, one), plural(c.runs, 'run'), element('div', {}, element('span', {class: 'mono'}, c.example), c.evidence ? element('div', {class: 'hint'}, c.evidence) : null)]);
      }
    }
    return card('Not ready at the end, by cause', null, false, rows.length
      ? table([{text: 'Cause'}, {text: 'Devices', num: true}, {text: 'In', num: true}, {text: 'For example, and what was seen of it'}], rows)
      : element('p', {class: 'hint'}, 'Every device was ready.'));
  };

  const expectationsCard = s => card('Expectations', null, true, s.expectations.length ? table(
    [{text: ''}, {text: 'Expectation'}, {text: s.runs > 1 ? 'Held in' : 'Held', num: true}, {text: s.runs > 1 ? 'Observed, for example' : 'Observed'}],
    s.expectations.map(e => {
      const good = e.passed === e.total;
      return [element('span', {class: good ? 'ok' : 'ko'}, good ? '✓' : '✗'),
        element('div', {}, e.name, element('div', {class: 'dim small'}, e.limit)), `${number(e.passed)} of ${number(e.total)}`,
        element('div', {class: 'observed'}, e.observed, e.failed_seeds && s.runs > 1 ? element('div', {class: 'dim small'}, `fails for seeds ${e.failed_seeds}`) : null)];
    })) : element('p', {class: 'hint'}, 'This scenario demands nothing.'));

  const failuresTable = list => table([{text: 'Seed', num: true}, {text: 'What failed'}, {text: 'Replay'}],
    list.map(f => [number(f.seed), element('ul', {class: 'plain'}, f.what.map(w => element('li', {}, w))),
      element('div', {class: 'replay'}, element('code', {}, f.replay),
        navigator.clipboard ? element('button', {class: 'copy', type: 'button', onclick: e => {
          navigator.clipboard.writeText(f.replay).then(() => { e.target.textContent = 'copied'; });
        }}, 'copy') : null)]));
  const failuresCard = s => {
    if (!s.failures.length) return null;
    const first = s.failures.slice(0, 5), rest = s.failures.slice(5), all = s.failed + s.not_completed;
    return card('Runs that failed', 'The command runs the same run again and writes its journal.', true, failuresTable(first),
      rest.length ? element('details', {}, element('summary', {},
        `${plural(rest.length, 'more run')}${all > s.failures.length ? ` of ${number(all - first.length)}` : ''}`), failuresTable(rest)) : null);
  };

  const serversCard = s => {
    if (!s.servers.length) return null;
    const tls = s.servers.some(v => v.handshakes + v.resumed > 0);
    const columns = [['Requests', v => number(v.requests, 1)], ['Peak/s', v => number(v.peak_rps)], ['Sent', v => octets(v.bytes)],
      ['Errors', v => number(v.errors, 1)], ['Refused', v => number(v.refused, 1)], ['Retries', v => number(v.retries, 1)],
      ['Amplif.', v => number(v.amplification, 2)], ['Queue', v => number(v.queue_max)], ['Conn.', v => number(v.connections_max)]];
    if (tls) columns.push(['TLS full', v => number(v.handshakes, 1)], ['resumed', v => number(v.resumed, 1)]);
    return card('Servers', s.runs > 1 ? 'Requests, octets, errors, refusals, retries and handshakes: mean of a run. The rest: highest of any run.' : null, true,
      table([{text: 'Server'}, ...columns.map(c => ({text: c[0], num: true}))],
        s.servers.map(v => [element('span', {class: 'mono'}, v.path), ...columns.map(c => c[1](v))])));
  };

  const activityCard = s => {
    const a = s.activity, access = Object.entries(a.access);
    const facts = [['Scans by handsets', number(a.scans, 1)],
      ['Access requests', number(access.reduce((n, e) => n + e[1], 0), 1), access.map(e => `${e[0]} ${number(e[1], 1)}`).join(', ')],
      ['Bearers established', number(a.bearers, 1)], ['Network-layer messages', number(a.messages, 1)],
      ['People at work', number(a.people, 1), a.gave_up ? `gave up ${number(a.gave_up, 1)} times` : null],
      ['Human time', `${number(a.minutes, 1)} min`], ['Keys pressed', number(a.keystrokes, 1)]];
    return card('On the air, and by hand', s.runs > 1 ? 'Mean of a run.' : null, true, element('div', {class: 'facts'}, facts.map(f => element('div', {},
      element('div', {class: 'k'}, f[0]), element('div', {class: 'n'}, f[1]), f[2] ? element('div', {class: 'k'}, f[2]) : null))));
  };

  const notesCard = s => {
    const parts = [];
    if (s.faults.length) parts.push(element('h3', {}, `Faults in seed ${s.timeline.seed}`), element('ul', {class: 'plain'}, s.faults.map(f => element('li', {}, f))));
    if (s.assumptions.length) parts.push(element('h3', {}, 'Taken for granted'), element('ul', {class: 'plain'}, s.assumptions.map(t => element('li', {}, t))));
    return parts.length ? element('div', {class: 'card wide'}, parts) : null;
  };

  const tile = (k, v, d) => element('div', {class: 'tile'}, element('div', {class: 'k'}, k), element('div', {class: 'v'}, v), d ? element('div', {class: 'd'}, d) : null);
  const readyTile = (name, t, step) => t.total === 0 ? null : tile(`${name} ready`,
    [number(t.ready), element('small', {}, ` of ${number(t.total)}`)],
    step && step.took ? `p50 ${time(step.took.p50)}, p95 ${time(step.took.p95)}` : 'none was ever ready');
  const everReady = s => lastOf(s.funnel).reached + lastOf(s.handset_funnel).reached > 0;
  const seedsText = s => `${s.runs === 1 ? 'seed' : 'seeds'} ${s.seeds}`;
  const lastOf = list => list[list.length - 1];

  const scenario = s => {
    const [kind, text] = verdict(s);
    const base = lastOf(s.funnel), handset = lastOf(s.handset_funnel);
    return element('section', {class: 'scenario', id: `s-${s.name}`},
      one ? null : element('div', {class: 'head'}, element('h2', {}, s.name), badge(kind, text), element('span', {class: 'dim'}, seedsText(s))),
      !one && s.description ? element('p', {class: 'about'}, s.description) : null,
      element('div', {class: 'tiles'},
        readyTile('Bases', s.bases, base), readyTile('Handsets', s.handsets, handset),
        tile('Simulated', s.simulated ? time(s.simulated.p50) : '–', s.runs > 1 ? `longest ${time(s.simulated.max)}` : 'from the first second to the last'),
        tile('Human time', `${number(s.activity.minutes, 1)} min`, `${number(s.activity.keystrokes, 1)} keys pressed${s.runs > 1 ? ' a run' : ''}`)),
      element('div', {class: 'grid'},
        s.bases.total ? card('Bases: from power-on to ready', `${plural(s.bases.total, 'base')}${s.runs > 1 ? ` in ${plural(s.runs, 'run')}` : ''}. Times are from the milestone reached before, the last line from power-on.`, true, funnel(s.funnel, s.bases.total)) : null,
        !everReady(s) ? (s.bases.total + s.handsets.total ? card('Time to ready', 'No device was ever ready.', false) : null)
          : card('Time to ready', `Share of the devices that have been ready${s.runs > 1 ? ', mean of the runs, with the best and the worst' : ''}.`, false, readyChart(s)),
        element('div', {class: 'stack'},
          s.handsets.total ? card('Handsets: from power-on to ready', `${plural(s.handsets.total, 'handset')}${s.runs > 1 ? ` in ${plural(s.runs, 'run')}` : ''}. Times are from power-on.`, false, funnel(s.handset_funnel, s.handsets.total, true)) : null,
          causesCard(s)),
        failuresCard(s), expectationsCard(s), timelineCard(s), loadCard(s), serversCard(s), activityCard(s), notesCard(s)));
  };

  // --- the page ------------------------------------------------------------------------------------------
  const all = data.scenarios, sum = key => all.reduce((n, s) => n + s[key], 0);
  const failed = sum('failed') + sum('not_completed');
  const one = all.length === 1 ? all[0] : null;
  document.title = `${one ? one.name : plural(all.length, 'scenario')}: ${failed ? `${failed} failed` : 'passed'} – dectbed`;
  document.getElementById('top').append(
    element('div', {class: 'brand'}, `dectbed ${data.version} report`),
    element('div', {class: 'line'}, element('h1', {}, one ? one.name : `${plural(all.length, 'scenario')}, ${plural(data.runs, 'run')}`),
      failed ? badge('bad', `${number(failed)} of ${plural(data.runs, 'run')} failed`) : badge('good', data.runs === 1 ? 'passed' : `all ${plural(data.runs, 'run')} passed`),
      one ? element('span', {class: 'dim'}, seedsText(one)) : null,
      data.interrupted ? badge('warn', `interrupted after ${number(data.runs)} of ${number(data.planned)}`)
        : data.runs < data.planned ? badge('warn', `stopped after ${number(data.runs)} of ${number(data.planned)}`) : null),
    one && one.description ? element('p', {class: 'lead'}, one.description) : '',
    data.overrides.length ? element('p', {class: 'lead'}, 'With ', ...data.overrides.map(o => element('code', {}, o + ' '))) : '');
  const main = document.getElementById('main');
  if (!one && all.length) {
    main.append(element('div', {class: 'grid'}, card('Scenarios', null, true, table(
      [{text: 'Scenario'}, {text: ''}, {text: 'Runs', num: true}, {text: 'Bases ready', num: true}, {text: 'Handsets ready', num: true},
        {text: 'Base p50', num: true}, {text: 'Base p95', num: true}, {text: 'Computing', num: true}],
      all.map(s => {
        const [kind, text] = verdict(s), base = lastOf(s.funnel);
        const ready = t => t.total ? `${number(t.ready)} of ${number(t.total)}` : '–';
        return [element('a', {href: `#s-${s.name}`}, s.name), badge(kind, text), number(s.runs), ready(s.bases), ready(s.handsets),
          base.took ? time(base.took.p50) : '–', base.took ? time(base.took.p95) : '–', time(s.wall_s)];
      })))));
  }
  for (const s of all) main.append(scenario(s));
  if (!all.length) main.append(element('p', {}, 'No run has ended.'));
  document.getElementById('foot').append(`Made by dectbed ${data.version}. Percentiles are nearest-rank. Times are simulated unless called computing.`);
})();
