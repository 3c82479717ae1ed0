// The live page. It draws what the console tells it, and changes nothing. What comes from senders is hostile: it is only ever
// put into text nodes and into attributes that hold text.
'use strict';

const by_id = (id) => document.getElementById(id);
const kept_most = 500, shown_most = 200, poll_ms = 5000, silent_ms = 6000;

// ── small things ──

// make('li', {class: 'x'}, 'text', child …): an element; a child that is no node becomes a text.
function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}
function draw(name, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}
function fill(element, attributes, children) {
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children.map((c) => (c instanceof Node ? c : document.createTextNode(String(c)))));
  return element;
}
function set_text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
const count = (n) => n.toLocaleString('en-GB');
const clock = (ms) => new Date(ms).toISOString().slice(11, 23);
const age = (s) => (s < 9.95 ? `${Math.max(0, s).toFixed(1)} s` : s < 119.5 ? `${s.toFixed(0)} s` : s < 7170 ? `${(s / 60).toFixed(0)} min` : s < 172800 ? `${(s / 3600).toFixed(0)} h` : `${(s / 86400).toFixed(0)} days`);
const rate = (r) => (r <= 0 ? '' : r < 0.1 ? '<0.1/s' : r < 10 ? `${r.toFixed(1)}/s` : `${r.toFixed(0)}/s`);
const millis = (ms) => (ms === null ? '' : ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10000 ? `${ms.toFixed(0)} ms` : age(ms / 1000));
const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + '…' : text);

// JSON with line breaks, by its characters: a number of 23 digits stays what it is.
function pretty(json) {
  let out = '', depth = 0, quoted = false;
  const line = () => '\n' + '  '.repeat(depth);
  for (let i = 0; i < json.length; ++i) {
    const c = json[i];
    if (quoted) {
      out += c;
      if (c === '\\') out += json[++i];
      else if (c === '"') quoted = false;
    } else if (c === '"') {
      out += c;
      quoted = true;
    } else if (c === '{' || c === '[') {
      const empty = json[i + 1] === '}' || json[i + 1] === ']';
      out += empty ? c + json[++i] : (++depth, c + line());
    } else if (c === '}' || c === ']') {
      --depth;
      out += line() + c;
    } else {
      out += c === ',' ? c + line() : c === ':' ? ': ' : c;
    }
  }
  return out;
}

// ── what is known ──

let state = null, state_at = 0; // and when it came, by performance.now()
const events = new Map();       // number → summary
let last_id = '', chosen = null, paused = false;

// The time at the console, now.
const now_ms = () => state.now_ms + (performance.now() - state_at);

function take(told) {
  state = told.state;
  state_at = performance.now();
  for (const e of told.events) events.set(e.n, e);
  const over = events.size - kept_most;
  if (over > 0) for (const n of [...events.keys()].sort((a, b) => a - b).slice(0, over)) events.delete(n);
  show_verdict();
  show_line();
  if (told.events.length) {
    show_list();
    if (told.events.some((e) => e.n === chosen)) load_event();
    else if (chosen === null && location.hash === '#newest' && listed.length) choose(listed[0]);
  }
  show_balance();
  show_fresh();
  show_sources();
  show_errors();
}

// ── the connection: one stream; every 5 s without it; nothing while nobody looks ──

let stream = null, poll_timer = 0, again_timer = 0;

function connect() {
  disconnect();
  if (paused || document.hidden) return;
  stream = new EventSource('/api/stream' + (last_id ? '?last=' + encodeURIComponent(last_id) : ''));
  stream.onmessage = (m) => {
    if (last_id.split('-')[0] !== m.lastEventId.split('-')[0]) forget(); // the console was started anew
    last_id = m.lastEventId;
    stop_polling();
    take(JSON.parse(m.data));
    say_link('live');
  };
  stream.onerror = () => {
    if (!stream || stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    stream = null; // there are too many
    poll();
    again_timer = setTimeout(connect, 30000);
  };
}
function disconnect() {
  if (stream) stream.close();
  stream = null;
  clearTimeout(again_timer);
  stop_polling();
}
function forget() {
  events.clear();
  chosen = null;
}
async function poll() {
  stop_polling();
  try {
    const answer = await fetch('/api/state');
    if (answer.ok) {
      take(await answer.json());
      say_link('every 5 s');
    }
  } catch {
    // the sentence says it, once it is silent for long enough
  }
  poll_timer = setTimeout(poll, poll_ms);
}
function stop_polling() {
  clearTimeout(poll_timer);
  poll_timer = 0;
}
function say_link(how) {
  set_text(by_id('link'), how === 'live' ? 'live' : how);
}
setInterval(() => {
  if (paused || document.hidden || !state || performance.now() - state_at < silent_ms) return;
  set(by_id('verdict'), 'data-level', 'bad');
  set_text(by_id('sentence'), `The console itself has not answered for ${age((performance.now() - state_at) / 1000)}: what stands here is old.`);
  say_link('not connected');
}, 1000);
document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));

function pause(on) {
  paused = on;
  set(by_id('pause'), 'aria-pressed', String(on));
  set_text(by_id('pause'), on ? 'Go on' : 'Pause');
  if (on) {
    disconnect();
    say_link(state ? `paused at ${clock(state.now_ms).slice(0, 8)} UTC` : 'paused');
  } else {
    connect();
  }
}

// ── verdict ──

function show_verdict() {
  const v = state.verdict;
  set(by_id('verdict'), 'data-level', v.level);
  set_text(by_id('sentence'), v.text);
  document.title = (v.level === 'good' ? '' : v.level === 'bad' ? '● ' : '○ ') + cut(v.text, 60) + ' · Millrace';
  by_id('findings').replaceChildren(
    ...v.findings.map((f) => make('li', {'data-level': f.level}, ...(f.text + '.' === v.text ? [] : [make('span', {}, f.text)]), make('span', {class: 'quiet'}, make('code', {}, f.command)), make('span', {class: 'quiet'}, make('code', {}, f.runbook)))));
}

// ── the line as a picture ──

const consumers = () => state.services.filter((s) => s.name !== 'gateway');
const service_named = (name) => state.services.find((s) => s.name === name);
const level_of = (node) => {
  const f = state.verdict.findings.find((x) => x.node === node);
  return f ? f.level : 'good';
};

function shown_sources() {
  const used = state.sources.filter((s) => s.accepted > 0 || s.last_ms > 0);
  return (used.length ? used : state.sources).slice(0, 14);
}
function shown_topics() {
  const providers = new Set(shown_sources().map((s) => s.name.split('/')[0]));
  return state.topics.filter((t) => t.records > 0 || providers.has(t.name.slice(4)));
}

let picture = null; // what was drawn, to be filled with numbers: {key, nodes, edges}

function show_line() {
  const narrow = by_id('line').clientWidth < 620;
  const key = JSON.stringify([narrow, shown_sources().map((s) => s.name), shown_topics().map((t) => t.name), state.services.map((s) => s.name)]);
  if (!picture || picture.key !== key) picture = {key, nodes: new Map(), edges: new Map(), ...(narrow ? draw_narrow() : draw_wide())};
  fill_line();
}

// A box with a lamp, a name, a number at its right and a line for its state.
function box(id, x, y, width, height, name, filter) {
  const title = draw('text', {x: x + 20, y: y + 16}, cut(name, Math.floor((width - 62) / 6.4)));
  const number = draw('text', {x: x + width - 8, y: y + 16, 'text-anchor': 'end', class: 'small'});
  const says = draw('text', {x: x + 20, y: y + 32, class: 'small state'});
  const hint = draw('title', {}, name);
  const node = draw('g', {class: 'node', tabindex: 0, role: 'button', 'data-node': id}, hint, draw('rect', {x, y, width, height, rx: 4}), draw('circle', {cx: x + 11, cy: y + 12, r: 3.5}), title, number, says);
  const choose = () => filter_by(filter);
  node.addEventListener('click', choose);
  node.addEventListener('keydown', (e) => {
    if (e.key === 'Enter') {
      e.stopPropagation();
      choose();
    }
  });
  return {id, node, number, says, name, left: [x, y + height / 2], right: [x + width, y + height / 2], top: [x + width / 2, y], bottom: [x + width / 2, y + height]};
}
function edge(from, to, upright) {
  const [a, b] = upright ? [from.bottom, to.top] : [from.right, to.left];
  const middle = (a[0] + b[0]) / 2;
  return draw('path', {d: upright ? `M${a}L${b}` : `M${a}C${middle},${a[1]} ${middle},${b[1]} ${b}`});
}
function column(ids, x, width, height, gap, total, maker) {
  const used = ids.length * height + (ids.length - 1) * gap;
  return ids.map((id, i) => maker(id, x, (total - used) / 2 + i * (height + gap), width, height));
}

function draw_wide() {
  const nodes = new Map(), edges = new Map();
  const sources = shown_sources(), topics = shown_topics(), services = consumers();
  const total = Math.max(sources.length * 30, topics.length * 30 + 26, services.length * 62 + 8, 170) + 12;
  const put = (prefix, filter, label) => (id, x, y, w, h) => {
    const b = box(prefix + id, x, y, w, h, label(id), filter(id));
    nodes.set(prefix + id, b);
    return b;
  };
  column(sources.map((s) => s.name), 1, 206, 24, 6, total, put('source ', (n) => 'source:' + n, (n) => n));
  column(['gateway'], 262, 142, 44, 0, total, put('', () => '', (n) => n));
  column(topics.map((t) => t.name), 470, 146, 24, 6, total + 18, put('topic ', (n) => 'topic:' + n, (n) => n));
  column(services.map((s) => s.name), 700, 178, 44, 18, total, put('', () => '', (n) => n));
  column(services.map((s) => s.name), 948, 162, 44, 18, total, put('rows ', () => '', () => 'tables'));
  const gateway = nodes.get('gateway');
  for (const s of sources) edges.set('source ' + s.name, edge(nodes.get('source ' + s.name), gateway));
  for (const t of topics) edges.set('topic ' + t.name, edge(gateway, nodes.get('topic ' + t.name)));
  for (const s of services) {
    for (const t of topics) if (s.topics[t.name]) edges.set(`edge ${t.name} ${s.name}`, edge(nodes.get('topic ' + t.name), nodes.get(s.name)));
    edges.set('rows ' + s.name, edge(nodes.get(s.name), nodes.get('rows ' + s.name)));
  }
  const kafka = group('kafka', 'Kafka', 460, 166, total), postgres = group('postgres', 'Postgres', 938, 182, total);
  const svg = by_id('line');
  svg.setAttribute('viewBox', `0 0 1121 ${total}`);
  svg.replaceChildren(kafka, postgres, ...edges.values(), ...[...nodes.values()].map((n) => n.node));
  return {nodes, edges, groups: {kafka, postgres}};
}
// What stands in Kafka, or in Postgres.
function group(id, name, x, width, total) {
  return draw('g', {'data-node': id}, draw('rect', {class: 'group', x, y: 1, width, height: total - 2, rx: 6}), draw('circle', {cx: x + 13, cy: 13, r: 3.5}), draw('text', {x: x + 22, y: 17, class: 'small state'}, name));
}

function draw_narrow() {
  const nodes = new Map(), edges = new Map();
  const services = consumers();
  const put = (id, y, label) => nodes.set(id, box(id, 1, y, 318, 42, label || id, '')).get(id);
  let y = 1;
  const step = () => (y += 60) - 60;
  put('sources', step(), 'sources');
  put('gateway', step());
  put('kafka', step(), 'Kafka');
  services.forEach((s, i) => put(s.name, i ? (y += 48) - 48 : (y += 48) - 48));
  y += 12;
  put('postgres', step(), 'Postgres');
  edges.set('in', edge(nodes.get('sources'), nodes.get('gateway'), true));
  edges.set('out', edge(nodes.get('gateway'), nodes.get('kafka'), true));
  edges.set('read', edge(nodes.get('kafka'), nodes.get(services[0] ? services[0].name : 'postgres'), true));
  if (services.length) edges.set('rows', edge(nodes.get(services[services.length - 1].name), nodes.get('postgres'), true));
  const svg = by_id('line');
  svg.setAttribute('viewBox', `0 0 320 ${y - 16}`);
  svg.replaceChildren(...edges.values(), ...[...nodes.values()].map((n) => n.node));
  return {nodes, edges, groups: {}};
}

const total_of = (list, of) => list.reduce((sum, x) => sum + of(x), 0);

function service_says(s) {
  if (!s.answers.ok) return 'does not answer';
  if (!s.tables) return state.postgres.ok ? 'no tables here' : '';
  if (s.lag + s.marks === 0) return 'nothing waits';
  return `${s.lag ? count(s.lag) + ' to read' : ''}${s.lag && s.marks ? ', ' : ''}${s.marks ? count(s.marks) + ' to derive' : ''} · ${age(s.oldest_s)}`;
}

function fill_line() {
  const tell = (id, level, number, says) => {
    const n = picture.nodes.get(id);
    if (!n) return;
    set(n.node, 'data-level', level);
    set_text(n.number, number);
    set_text(n.says, says);
    set(n.node, 'aria-label', [n.name, level === 'good' ? '' : level, says, number].filter(Boolean).join(', '));
  };
  const flows = (id, on) => {
    const e = picture.edges.get(id);
    if (e) set(e, 'class', on ? 'flows' : '');
  };
  const away = (a) => (a.ok ? '' : 'does not answer');
  const gateway = service_named('gateway');
  const came = total_of(state.sources, (s) => s.rate), stored = total_of(state.topics, (t) => t.rate);
  for (const s of state.sources) {
    tell('source ' + s.name, 'unknown', rate(s.rate) || (s.last_ms ? age((now_ms() - s.last_ms) / 1000) : ''), '');
    flows('source ' + s.name, s.rate > 0);
  }
  tell('sources', 'unknown', rate(came), `${state.sources.length} configured`);
  if (gateway) tell('gateway', level_of('gateway'), rate(came), gateway.answers.ok ? 'takes webhooks' : 'does not answer');
  for (const t of state.topics) {
    tell('topic ' + t.name, state.kafka.ok ? 'good' : 'bad', rate(t.rate) || count(t.records), '');
    flows('topic ' + t.name, t.rate > 0 && state.kafka.ok);
  }
  for (const s of consumers()) {
    const read = total_of(Object.values(s.topics), (t) => t.rate);
    tell(s.name, level_of(s.name), s.answers.ok ? rate(read) : '', service_says(s));
    for (const t in s.topics) flows(`edge ${t} ${s.name}`, s.answers.ok && s.topics[t].rate > 0);
    tell('rows ' + s.name, state.postgres.ok ? 'good' : 'bad', s.answers.ok ? rate(s.rows_rate) : '', s.p50_ms === null ? '' : `${millis(s.p50_ms)} to row`);
    flows('rows ' + s.name, s.answers.ok && s.rows_rate > 0);
  }
  tell('kafka', level_of('kafka'), rate(stored), away(state.kafka) || `${count(total_of(state.topics, (t) => t.records))} events`);
  tell('postgres', level_of('postgres'), rate(total_of(state.services, (s) => s.rows_rate)), away(state.postgres) || 'tables');
  for (const id in picture.groups) set(picture.groups[id], 'data-level', level_of(id));
  for (const [id, on] of [['in', came], ['out', stored], ['read', total_of(consumers(), (s) => total_of(Object.values(s.topics), (t) => t.rate))], ['rows', total_of(consumers(), (s) => s.rows_rate)]]) flows(id, on > 0);
}

// ── events ──

const items = new Map(); // number → its line
let listed = [];         // numbers as they stand in the list

function filter_by(text) {
  by_id('filter').value = text;
  show_list();
}
// "outcome:error ghl": every word must be found, one with a colon in its field.
function matcher() {
  const words = by_id('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  return (e) => words.every((w) => {
    const at = w.indexOf(':'), field = at > 0 ? e[w.slice(0, at)] : undefined;
    if (field !== undefined) return String(field).toLowerCase().includes(w.slice(at + 1));
    return [e.type, e.subject, e.source, e.topic, e.outcome, e.code].some((t) => t.toLowerCase().includes(w));
  });
}
function item_of(e) {
  let li = items.get(e.n);
  if (!li) {
    li = make('li', {role: 'option', id: 'e' + e.n, 'aria-selected': 'false'}, make('span', {class: 'mono'}, clock(e.at_ms).slice(0, 8), make('span', {class: 'wide'}, clock(e.at_ms).slice(8))), make('span', {}), make('span', {}), make('span', {}), make('span', {}));
    li.addEventListener('click', () => choose(e.n));
    items.set(e.n, li);
  }
  const [, type, subject, outcome, ms] = li.children;
  set_text(type, e.type);
  set_text(subject, e.subject);
  set_text(outcome, e.outcome);
  set(outcome, 'data-outcome', e.outcome);
  set_text(ms, millis(e.ms));
  set(li, 'aria-selected', String(e.n === chosen));
  return li;
}
function show_list() {
  const fits = matcher();
  const all = [...events.values()].filter(fits).sort((a, b) => b.at_ms - a.at_ms || b.n - a.n);
  const shown = all.slice(0, shown_most);
  for (const n of items.keys()) if (!events.has(n)) items.delete(n);
  const list = by_id('list'), held = list.scrollTop, before = list.scrollHeight;
  const numbers = shown.map((e) => e.n);
  const lines = shown.map(item_of);
  if (numbers.join() !== listed.join() || !numbers.length) {
    list.replaceChildren(...(lines.length ? lines : [make('li', {class: 'none'}, events.size ? 'No event fits the filter.' : 'No event yet: millrace send ghl/contact-updated-phone')]));
    if (held > 0) list.scrollTop = held + list.scrollHeight - before; // what is read stays where it is
  }
  listed = numbers;
  set_text(by_id('events-count'), all.length === events.size ? `the newest ${count(shown.length)}` : `${count(all.length)} of ${count(events.size)}`);
}
function choose(n) {
  const before = chosen;
  chosen = n;
  for (const each of [before, n]) if (items.has(each)) set(items.get(each), 'aria-selected', String(each === n));
  const list = by_id('list');
  if (n === null) {
    list.removeAttribute('aria-activedescendant');
    by_id('whole').replaceChildren(make('p', {class: 'quiet'}, 'Choose an event: what was asked, how it was signed, what it means, which rows came of it, and when.'));
    return;
  }
  list.setAttribute('aria-activedescendant', 'e' + n);
  items.get(n).scrollIntoView({block: 'nearest'});
  load_event();
}
function step(by) {
  if (!listed.length) return;
  const at = listed.indexOf(chosen);
  choose(listed[at < 0 ? 0 : Math.min(listed.length - 1, Math.max(0, at + by))]);
}

// ── one event, whole ──

let loading = 0;

async function load_event() {
  const mine = ++loading, n = chosen;
  let e = null;
  try {
    const answer = await fetch('/api/event/' + n);
    if (answer.ok) e = await answer.json();
  } catch {
    // as if it were gone
  }
  if (mine !== loading || n !== chosen) return;
  by_id('whole').replaceChildren(...(e ? whole_event(e) : [make('p', {class: 'quiet'}, 'This event is not kept here any more; its row is in its table.')]));
}

function terms(pairs) {
  return make('dl', {}, ...pairs.filter(([, text]) => text !== '' && text !== null).flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, text)]));
}
function to_copy(command) {
  const button = make('button', {type: 'button'}, 'Copy');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(command);
    set_text(button, 'Copied');
  });
  return make('div', {class: 'copy'}, make('code', {}, command), button);
}
function whole_event(e) {
  const place = e.way.find((w) => w.what === 'in Kafka').where;
  const [, topic, partition, offset] = /^(.*)\[(\d+)\]@(\d+)$/.exec(place);
  const kcat = make('div', {}, make('h3', {}, 'Its bytes'), to_copy(`kcat -b $MILLRACE_KAFKA_BROKERS -C -t ${topic} -p ${partition} -o ${offset} -c 1 -f '%h\\n%s\\n'`));
  if (e.unreadable) return [make('div', {}, make('strong', {}, 'No event of ours'), make('p', {}, e.unreadable)), kcat];
  const outcome = make('span', {'data-outcome': e.outcome}, e.outcome);
  return [
    make('div', {}, make('strong', {}, e.type), ' ', outcome, e.code ? ` ${e.code}${e.detail ? ': ' + e.detail : ''}` : ''),
    terms([['subject', e.subject], ['account', e.account], ['source', e.source], ['dedupe key', make('span', {class: 'mono'}, e.dedupe_key)]]),
    make('h3', {}, 'Its way'),
    make('div', {class: 'way'}, ...e.way.flatMap((w) => [make('span', {}, w.what), make('span', {}, w.what === 'received' ? clock(e.at_ms).slice(0, 12) : (w.ms < 0 ? '−' : '+') + millis(Math.abs(w.ms))), make('span', {class: 'quiet'}, w.where)])),
    make('h3', {}, 'Request'),
    terms([[e.request.method, e.request.url], ['body', `${e.request.content_type || 'no type'}, ${count(e.request.bytes)} bytes${e.request.count > 1 ? `, event ${e.request.index + 1} of ${e.request.count} in its post` : ''}`]]),
    make('pre', {tabindex: 0, 'aria-label': 'Payload'}, pretty(e.request.payload)),
    make('h3', {}, 'Signature'),
    terms([['verdict', e.signature.verified === 'yes' ? `verified by key ${e.signature.key}` : e.signature.verified === 'no' ? 'did not hold; the source is in mode shadow' : 'this family has none'], ['family', e.signature.family], ...e.signature.headers.map(([name, value]) => [name, make('span', {class: 'mono'}, value)])]),
    make('h3', {}, 'Facts'),
    e.facts.length ? terms(e.facts.map((f) => [f.kind, f.fields.join(', ')])) : make('p', {class: 'quiet'}, 'none'),
    make('h3', {}, 'Rows'),
    terms([
      ...(e.raw ? [[e.raw.table, e.raw.status === 'pending' ? 'pending: its account is unbound or quarantined, or it is stuck' : e.raw.status]] : []),
      ...Object.entries(e.services).map(([name, s]) => [name, s.outcome + (Object.keys(s.facts).length ? '; facts ' + Object.entries(s.facts).map(([kind, n]) => (n > 1 ? `${kind} × ${n}` : kind)).join(', ') : '')]),
      ...(e.raw || Object.keys(e.services).length ? [] : [['', 'none yet']]),
    ]),
    kcat,
  ];
}

// ── balance, freshness, sources, errors ──

const outcomes = ['applied', 'ignored', 'duplicate', 'error', 'stuck'];

function show_balance() {
  by_id('balance').replaceChildren(
    ...state.services.filter((s) => s.tables && s.read + s.lag > 0).map((s) => {
      const parts = [...outcomes.map((o) => [o, s.outcomes[o]]), ['waits', s.lag]].filter(([, n]) => n > 0);
      const total = total_of(parts, ([, n]) => n);
      let x = 0;
      const bars = parts.map(([o, n]) => draw('rect', {class: o, x: (x += (n / total) * 1000) - (n / total) * 1000, y: 0, width: (n / total) * 1000, height: 8}));
      return make('div', {class: 'bar'}, make('div', {}, make('span', {}, s.name), make('span', {class: s.holds ? 'quiet' : 'gap'}, `${count(s.read)} read, ${s.holds ? 'balanced' : 'they do not add up'}`)),
        draw('svg', {viewBox: '0 0 1000 8', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, ...bars),
        make('div', {class: 'key'}, ...parts.map(([o, n]) => make('span', {}, make('i', {class: o}), `${count(n)} ${o === 'waits' ? 'in Kafka' : o}`))));
    }));
}

// Seconds to a height of 30: 0.05 s lies at the bottom, 1,000 s at the top.
const height = (s) => 27 - (24 * Math.log(Math.min(1000, Math.max(0.05, s)) / 0.05)) / Math.log(20000);

function show_fresh() {
  by_id('fresh').replaceChildren(
    ...consumers().map((s) => {
      const step_x = 900 / 179, from = 900 - (s.fresh.length - 1) * step_x;
      let here = '', away = '', pen = false;
      s.fresh.forEach((v, i) => {
        const x = (from + i * step_x).toFixed(1);
        if (v === null) away += `M${x},3h${step_x.toFixed(1)}`;
        else here += `${pen ? 'L' : 'M'}${x},${height(v).toFixed(1)}`;
        pen = v !== null;
      });
      const svg = draw('svg', {viewBox: '0 0 900 30', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${s.name}: the oldest waits ${age(s.oldest_s)}`}, draw('path', {d: here}), draw('path', {class: 'away', d: away}));
      return make('div', {class: 'spark'}, make('span', {}, s.name), svg, make('span', {}, s.answers.ok ? age(s.oldest_s) : 'away', make('br', {}), make('span', {class: 'quiet'}, s.p50_ms === null ? '' : `p50 ${millis(s.p50_ms)}`), make('span', {class: 'quiet wide'}, s.p99_ms === null ? '' : `, p99 ${millis(s.p99_ms)}`)));
    }));
}

function show_sources() {
  const rows = state.sources.map((s) => {
    const refused = Object.entries(s.refused).map(([why, n]) => `${count(n)} ${why}`).join(', ');
    return make('tr', {}, make('td', {}, s.name), make('td', {class: 'n'}, count(s.accepted)), make('td', {class: 'n wide'}, rate(s.rate)), make('td', {class: 'n'}, s.last_ms ? age((now_ms() - s.last_ms) / 1000) : '–'), make('td', {class: 'wide'}, Object.keys(s.keys).join(', ') || '–'), make('td', {class: refused ? 'gap' : ''}, refused || '–'));
  });
  by_id('sources').replaceChildren(
    rows.length ? make('table', {}, make('thead', {}, make('tr', {}, ...[['source', ''], ['accepted', 'n'], ['now', 'n wide'], ['last', 'n'], ['key', 'wide'], ['refused', '']].map(([name, c]) => make('th', {class: c, scope: 'col'}, name)))), make('tbody', {}, ...rows)) : make('p', {class: 'quiet'}, 'The gateway has not been asked yet.'));
}

function show_errors() {
  const rows = [];
  for (const s of state.services) for (const code in s.errors) rows.push([code, s.name, s.errors[code]]);
  rows.sort((a, b) => b[2] - a[2]);
  by_id('errors').replaceChildren(
    rows.length ? make('table', {}, make('thead', {}, make('tr', {}, make('th', {scope: 'col'}, 'reason'), make('th', {scope: 'col'}, 'service'), make('th', {scope: 'col', class: 'n'}, 'events'))), make('tbody', {}, ...rows.map(([code, service, n]) => make('tr', {}, make('td', {}, code), make('td', {}, service), make('td', {class: 'n'}, count(n)))))) : make('p', {class: 'quiet'}, 'No event ended as error.'));
}

// ── keyboard ──

document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = e.target === by_id('filter');
  if (e.key === 'Escape') {
    if (typing) {
      e.preventDefault(); // Chromium would empty the field and tell nobody
      filter_by('');
      by_id('list').focus();
    } else if (chosen !== null) {
      choose(null);
      by_id('list').focus();
    } else if (by_id('filter').value) filter_by('');
    return;
  }
  if (typing) {
    if (e.key === 'Enter' || e.key === 'ArrowDown') by_id('list').focus();
    return;
  }
  const keys = {j: () => step(1), k: () => step(-1), '/': () => by_id('filter').focus(), p: () => pause(!paused)};
  if (document.activeElement === by_id('list')) Object.assign(keys, {ArrowDown: keys.j, ArrowUp: keys.k, Enter: () => (chosen === null ? step(1) : by_id('event').focus())});
  else if (document.activeElement === document.body) keys.Enter = () => (chosen === null ? step(1) : by_id('event').focus());
  if (!keys[e.key]) return;
  e.preventDefault();
  keys[e.key]();
});
by_id('filter').addEventListener('input', show_list);
by_id('pause').addEventListener('click', () => pause(!paused));
window.addEventListener('resize', () => state && show_line());
connect();
