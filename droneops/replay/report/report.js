// The map and the time line of one flight. All data is in the page: nothing is fetched.
"use strict";
(() => {
const body = document.body, byId = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
window.addEventListener("error", (e) => { body.dataset.errors += e.message + "; "; });
const D = JSON.parse(byId("data").textContent);
const COLOURS = ["orange", "blue", "purple", "green", "red", "sky"];
const canvas = byId("map"), readout = byId("readout"), lanes = byId("lanes");
const counts = {zones: 0, segments: 0, ground: 0, footprints: 0, sightings: 0, tracks: 0, incidents: 0};
let selected = -1, pickedTrack = -1, atMs = null, moved = false;
const theme = {}, hidden = new Set();

// ---- place: metres east and north of the data's centre, true to scale for tens of kilometres
const places = [...D.path.map((s) => [s.lon, s.lat]), [D.sightings.lon, D.sightings.lat], [D.tracks.lon, D.tracks.lat],
  [D.incidents.filter((i) => i.lon !== null).map((i) => i.lon), D.incidents.filter((i) => i.lon !== null).map((i) => i.lat)]];
const footCorners = D.footprints.rings.flat();
const lons = places.flatMap((p) => p[0]), lats = places.flatMap((p) => p[1]);
const span = (v) => v.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
const middle = (v) => { const [a, b] = span(v); return (a + b) / 2; };
const flown = lons.length > 0;
const lon0 = middle(flown ? lons : footCorners.filter((_, i) => i % 2 === 0)) || 0;
const lat0 = middle(flown ? lats : footCorners.filter((_, i) => i % 2 === 1)) || 0;
const phi = lat0 * Math.PI / 180;
const mLat = 111132.95 - 559.82 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi);
const mLon = 111412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi) + 0.118 * Math.cos(5 * phi);
const east = (lon) => (lon - lon0) * mLon, north = (lat) => (lat - lat0) * mLat;
const metres = (flat) => flat.map((v, i) => i % 2 ? north(v) : east(v));
const zones = D.zones.map((z) => ({...z, rings: z.rings.map(metres)}));
const footprints = D.footprints.rings.map((ring) => anticlockwise(metres(ring)));
const path = D.path.map((s) => ({...s, xy: s.lon.flatMap((lon, i) => [east(lon), north(s.lat[i])])}));

function anticlockwise(r) {  // one winding for all, so that one non-zero fill shows their union
  let area = 0;
  for (let i = 0, n = r.length; i < n; i += 2) area += r[i] * r[(i + 3) % n] - r[(i + 2) % n] * r[i + 1];
  if (area >= 0) return r;
  return r.map((_, i) => r[r.length - 2 - (i - i % 2) + i % 2]);
}

// ---- view
const view = {x: 0, y: 0, mpp: 1, w: 1, h: 1};
const sx = (x) => (x - view.x) / view.mpp + view.w / 2, sy = (y) => view.h / 2 - (y - view.y) / view.mpp;
const mx = (px) => view.x + (px - view.w / 2) * view.mpp, my = (py) => view.y - (py - view.h / 2) * view.mpp;
function fit(flats) {
  const xs = flats.flatMap((f) => f.filter((_, i) => i % 2 === 0)), ys = flats.flatMap((f) => f.filter((_, i) => i % 2));
  const [x0, x1] = span(xs), [y0, y1] = span(ys);
  if (!(x1 >= x0)) return;
  view.x = (x0 + x1) / 2; view.y = (y0 + y1) / 2;
  view.mpp = Math.max((x1 - x0) / (view.w - 70), (y1 - y0) / (view.h - 120), 0.1);
  draw();
}
const flight = flown ? [lons.flatMap((lon, i) => [east(lon), north(lats[i])])] : footprints;
const fitFlight = () => { moved = false; fit(flight); };
const fitZones = () => { moved = true; fit(flight.concat(zones.flatMap((z) => z.rings))); };
function zoom(factor, px = view.w / 2, py = view.h / 2) {
  const x = mx(px), y = my(py);
  view.mpp = Math.min(Math.max(view.mpp * factor, 0.05), 2000);
  view.x = x - (px - view.w / 2) * view.mpp; view.y = y + (py - view.h / 2) * view.mpp; moved = true;
  draw();
}
const pan = (dx, dy) => { moved = true; view.x -= dx * view.mpp; view.y += dy * view.mpp; draw(); };

// ---- drawing
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of [...COLOURS, "path", "foot", "zone", "border", "pick", "good", "map", "grid", "ink", "soft", "panel", "line"])
    theme[name] = style.getPropertyValue("--" + name).trim();
}
const colourOf = (label) => theme[COLOURS[label % COLOURS.length]];
function sized(c) {
  const scale = window.devicePixelRatio || 1, w = c.clientWidth, h = c.clientHeight;
  c.width = Math.max(1, Math.round(w * scale)); c.height = Math.max(1, Math.round(h * scale));
  const g = c.getContext("2d");
  g.setTransform(scale, 0, 0, scale, 0, 0);
  return [g, w, h];
}
function hatch(g, colour) {
  const tile = document.createElement("canvas"); tile.width = tile.height = 10;
  const t = tile.getContext("2d"); t.strokeStyle = colour; t.lineWidth = 1.6;
  t.beginPath(); t.moveTo(-2, 12); t.lineTo(12, -2); t.moveTo(-2, 2); t.lineTo(2, -2); t.moveTo(8, 12); t.lineTo(12, 8); t.stroke();
  return g.createPattern(tile, "repeat");
}
function trace(g, flat) { for (let i = 0; i < flat.length; i += 2) g[i ? "lineTo" : "moveTo"](sx(flat[i]), sy(flat[i + 1])); }
function traceVisible(g, flat, margin) {  // dashing kilometres outside the window would take seconds
  let joined = false;
  for (let i = 2; i < flat.length; i += 2) {
    const x0 = sx(flat[i - 2]), y0 = sy(flat[i - 1]), x1 = sx(flat[i]), y1 = sy(flat[i + 1]);
    const aside = Math.max(x0, x1) < -margin || Math.min(x0, x1) > view.w + margin;
    if (aside || Math.max(y0, y1) < -margin || Math.min(y0, y1) > view.h + margin) { joined = false; continue; }
    if (!joined) g.moveTo(x0, y0);
    g.lineTo(x1, y1); joined = true;
  }
}
function line(g, flats, colour, width, dash = [], margin = width) {
  g.strokeStyle = colour; g.lineWidth = width; g.setLineDash(dash); g.beginPath();
  for (const f of flats) traceVisible(g, f, margin);
  g.stroke(); g.setLineDash([]);
}
const closed = (ring) => ring.concat(ring.slice(0, 2));
function drawArea(g, z) {
  g.beginPath(); z.rings.forEach((r) => { trace(g, r); g.closePath(); });
  g.globalAlpha = z.placeholder ? 0.35 : 0.12; g.fillStyle = z.placeholder ? hatch(g, theme.zone) : theme.zone; g.fill("evenodd");
  g.globalAlpha = 1; line(g, z.rings.map(closed), theme.zone, 2, z.placeholder ? [9, 6] : []);
}
function drawBorder(g, z) {
  const band = z.accuracy_m ? 4 * z.accuracy_m / view.mpp : 0;  // two sigma on each side
  g.lineJoin = g.lineCap = "round";
  if (band > 3) {
    g.globalAlpha = 0.18; g.strokeStyle = theme.border; g.lineWidth = band;
    z.rings.forEach((r) => { g.beginPath(); trace(g, r); g.stroke(); }); g.globalAlpha = 1;
  }
  line(g, z.rings, theme.border, 3, z.placeholder ? [9, 6] : [14, 5, 3, 5], band);
  g.lineCap = "butt";
}
function drawNames(g, list) {  // a zone's name goes where the zone is in view
  g.font = "13px system-ui, sans-serif"; g.textAlign = "center";
  for (const z of list) {
    const seen = z.rings.flat().reduce((out, v, i, f) => {
      if (i % 2) { const x = sx(f[i - 1]), y = sy(v); if (x > 60 && x < view.w - 60 && y > 60 && y < view.h - 40) out.push([x, y]); } return out; }, []);
    if (!seen.length) continue;
    const [at, y] = seen[seen.length >> 1], half = g.measureText(z.name).width / 2 + 6, x = Math.min(Math.max(at, half), view.w - half);
    label(g, z.name, x, y - 8, z.line ? theme.border : theme.zone);
  }
}
let taken = [];  // boxes of the words already on the map: words on words cannot be read
function free(x, y, w, h) {
  if (taken.some(([a, b, c, d]) => x < a + c && a < x + w && y < b + d && b < y + h)) return false;
  taken.push([x, y, w, h]);
  return true;
}
function label(g, text, x, y, colour, always = false) {
  const w = g.measureText(text).width, left = x - w * {center: 0.5, right: 1, left: 0}[g.textAlign];
  if (!free(left, y - 13, w, 17) && !always) return;
  g.lineWidth = 4; g.lineJoin = "round"; g.strokeStyle = theme.map; g.strokeText(text, x, y); g.fillStyle = colour; g.fillText(text, x, y);
}
function drawFootprints(g) {
  g.beginPath(); footprints.forEach((f) => { trace(g, f); g.closePath(); });
  g.fillStyle = theme.foot; g.globalAlpha = 0.2; g.fill("nonzero"); g.globalAlpha = 1;
}
function drawPath(g) {
  for (let i = 1; i < path.length; i++)
    line(g, [[...path[i - 1].xy.slice(-2), ...path[i].xy.slice(0, 2)]], theme.red, 2.5, [3, 6], 3);
  line(g, path.map((s) => s.xy), theme.path, 2);
  path.forEach((s) => { if (s.xy.length === 2) { g.fillStyle = theme.path; g.fillRect(sx(s.xy[0]) - 2, sy(s.xy[1]) - 2, 4, 4); } });
}
function shape(g, kind, x, y, r) {
  g.beginPath();
  if (kind % 4 === 0) g.arc(x, y, r, 0, 7);
  else if (kind % 4 === 1) g.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (kind % 4 === 2) { g.moveTo(x, y - r * 1.2); g.lineTo(x + r * 1.1, y + r * 0.8); g.lineTo(x - r * 1.1, y + r * 0.8); g.closePath(); }
  else { g.moveTo(x, y - r * 1.3); g.lineTo(x + r * 1.1, y); g.lineTo(x, y + r * 1.3); g.lineTo(x - r * 1.1, y); g.closePath(); }
}
function circle(g, x, y, radius_m, colour, alpha, width) {
  if (radius_m === null) return;
  g.globalAlpha = alpha; g.strokeStyle = colour; g.lineWidth = width; g.beginPath(); g.arc(x, y, radius_m / view.mpp, 0, 7); g.stroke(); g.globalAlpha = 1;
}
const onScreen = (x, y) => x > -40 && y > -40 && x < view.w + 40 && y < view.h + 40;
function drawPoints(g, p, radius, isTrack) {
  for (let i = 0; i < p.lon.length; i++) {
    if (hidden.has("label" + p.label[i])) continue;
    const x = sx(east(p.lon[i])), y = sy(north(p.lat[i])), colour = colourOf(p.label[i]);
    if (!onScreen(x, y)) continue;
    if (isTrack || !hidden.has("errors")) circle(g, x, y, p.ce90[i], colour, isTrack ? 0.9 : 0.25, isTrack ? 1.6 : 1);
    g.globalAlpha = isTrack ? 1 : 0.55; shape(g, p.label[i], x, y, radius); g.fillStyle = colour; g.fill(); g.globalAlpha = 1;
    if (isTrack) { g.strokeStyle = i === pickedTrack ? theme.pick : theme.map; g.lineWidth = i === pickedTrack ? 4 : 1.5; g.stroke(); }
  }
}
function drawIncidents(g) {
  D.incidents.forEach((incident, i) => {
    if (incident.lon === null) return;
    const x = sx(east(incident.lon)), y = sy(north(incident.lat)), on = i === selected;
    circle(g, x, y, incident.ce90, theme.red, 1, 2);
    const top = y - 30;  // a pin: its point is the place
    taken.push([x - 14, top - 14, 28, 28]);
    g.beginPath(); g.moveTo(x, y); g.lineTo(x - 7, top + 9); g.lineTo(x + 7, top + 9); g.closePath(); g.arc(x, top, 13, 0, 7);
    g.fillStyle = on ? "#ffb000" : "#9c1c15"; g.fill(); g.strokeStyle = on ? "#000" : "#fff"; g.lineWidth = 2;
    g.beginPath(); g.arc(x, top, 13, 0, 7); g.stroke();
    g.font = "bold 15px system-ui, sans-serif"; g.textAlign = "center"; g.fillStyle = on ? "#000" : "#fff"; g.fillText(String(i + 1), x, top + 5);
    g.font = "13px system-ui, sans-serif";
    const fits = x + 22 + g.measureText(incident.name).width < view.w; g.textAlign = fits ? "left" : "right";
    if (on || D.incidents.length < 12) label(g, incident.name, x + (fits ? 18 : -18), top + 5, theme.ink, on);
  });
}
function drawDrone(g) {
  const here = atMs === null ? null : droneAt(atMs);
  const near = atMs === null ? -1 : nearestTime(D.footprints.t, atMs, 1500);
  if (near >= 0 && !hidden.has("footprints")) line(g, [closed(footprints[near])], theme.pick, 2.5);
  if (!here) return;
  const x = sx(here.x), y = sy(here.y);
  g.lineWidth = 3; g.strokeStyle = theme.ink; g.fillStyle = theme.pick; g.beginPath(); g.arc(x, y, 8, 0, 7); g.fill(); g.stroke();
}
function drawFrame(g) {
  const target = view.mpp * 110, power = 10 ** Math.floor(Math.log10(target));
  const step = [5, 2, 1].map((k) => k * power).find((k) => k <= target), px = step / view.mpp;
  const text = step >= 1000 ? step / 1000 + " km" : step + " m", y = view.h - (view.w < 520 ? 36 : 16);
  g.strokeStyle = theme.ink; g.lineWidth = 2; g.beginPath(); g.moveTo(12, y - 6); g.lineTo(12, y); g.lineTo(12 + px, y); g.lineTo(12 + px, y - 6); g.stroke();
  g.font = "13px system-ui, sans-serif"; g.textAlign = "left"; label(g, text, 18, y - 6, theme.ink, true);
  const x = view.w - 24; g.fillStyle = theme.ink; g.beginPath(); g.moveTo(x, 12); g.lineTo(x + 9, 38); g.lineTo(x, 32); g.lineTo(x - 9, 38); g.closePath(); g.fill();
  g.textAlign = "center"; g.font = "bold 13px system-ui, sans-serif"; label(g, "N", x, 54, theme.ink, true);
}
function drawGrid(g) {
  const power = 10 ** Math.floor(Math.log10(view.mpp * 110)), step = [5, 2, 1].map((k) => k * power).find((k) => k <= view.mpp * 110);
  g.strokeStyle = theme.grid; g.lineWidth = 1; g.beginPath();
  for (let x = Math.ceil(mx(0) / step) * step; x < mx(view.w); x += step) { g.moveTo(sx(x), 0); g.lineTo(sx(x), view.h); }
  for (let y = Math.ceil(my(view.h) / step) * step; y < my(0); y += step) { g.moveTo(0, sy(y)); g.lineTo(view.w, sy(y)); }
  g.stroke();
}
// Every kind has its own pattern, so that it is told apart in grey too.
const GROUND = {looked: (g) => theme.foot, too_coarse: (g) => dots(g, theme.orange), too_dark: (g) => cross(g, theme.purple), not_looked: (g) => missed(g, theme.red)};
const GROUND_ALPHA = {looked: 0.5, too_coarse: 0.75, too_dark: 0.7, not_looked: 0.7};
function tile(g, size, paint) {
  const c = document.createElement("canvas"); c.width = c.height = size; paint(c.getContext("2d")); return g.createPattern(c, "repeat");
}
function dots(g, colour) {
  return tile(g, 8, (t) => { t.fillStyle = colour; t.globalAlpha = 0.28; t.fillRect(0, 0, 8, 8); t.globalAlpha = 1; for (const [x, y] of [[2, 2], [6, 6]]) { t.beginPath(); t.arc(x, y, 1.5, 0, 7); t.fill(); } });
}
function missed(g, colour) {  // against the hatch of stand-in zones
  return tile(g, 10, (t) => { t.strokeStyle = t.fillStyle = colour; t.globalAlpha = 0.1; t.fillRect(0, 0, 10, 10); t.globalAlpha = 1; t.lineWidth = 1.6;
    t.beginPath(); t.moveTo(-2, -2); t.lineTo(12, 12); t.moveTo(-2, 8); t.lineTo(2, 12); t.moveTo(8, -2); t.lineTo(12, 2); t.stroke(); });
}
function cross(g, colour) {
  return tile(g, 8, (t) => { t.fillStyle = colour; t.globalAlpha = 0.35; t.fillRect(0, 0, 8, 8); t.globalAlpha = 1; t.fillRect(0, 0, 8, 1.6); t.fillRect(0, 0, 1.6, 8); });
}
function drawGround(g, kind) {
  const G = D.ground, n = G.kinds.findIndex(([id]) => id === kind), px = (lon) => Math.round(sx(east(lon))), py = (lat) => Math.round(sy(north(lat)));
  g.beginPath();  // whole pixels: neighbours leave neither seams nor overlaps
  for (let i = 0; i < G.runs.length; i += 4) {
    if (G.runs[i + 3] !== n) continue;
    const x0 = px(G.west + G.runs[i + 1] * G.dlon), x1 = px(G.west + G.runs[i + 2] * G.dlon), y0 = py(G.south + (G.runs[i] + 1) * G.dlat), y1 = py(G.south + G.runs[i] * G.dlat);
    if (x1 >= 0 && y1 >= 0 && x0 <= view.w && y0 <= view.h) g.rect(x0, y0, Math.max(x1 - x0, 1), Math.max(y1 - y0, 1));
  }
  g.globalAlpha = GROUND_ALPHA[kind]; g.fillStyle = GROUND[kind](g); g.fill(); g.globalAlpha = 1;
}
const groundKinds = D.ground ? D.ground.kinds.filter((_, n) => D.ground.runs.some((v, i) => i % 4 === 3 && v === n)) : [];
const LAYERS = {footprints: drawFootprints, path: drawPath,
  zones: (g) => zones.filter((z) => !z.line).forEach((z) => drawArea(g, z)), lines: (g) => zones.filter((z) => z.line).forEach((z) => drawBorder(g, z)),
  sightings: (g) => drawPoints(g, D.sightings, 2.6, false), tracks: (g) => drawPoints(g, D.tracks, 6, true), incidents: drawIncidents};
let asked = false;
function draw() {
  if (!canvas || asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; drawNow(); });
}
function drawNow() {
  const [g, w, h] = sized(canvas);
  Object.assign(view, {w, h}); taken = [];
  g.fillStyle = theme.map; g.fillRect(0, 0, w, h); drawGrid(g);
  for (const [kind] of groundKinds) if (!hidden.has("ground-" + kind)) drawGround(g, kind);
  for (const name of ["footprints", "zones", "lines", "path", "sightings", "tracks"]) if (!hidden.has(name)) LAYERS[name](g);
  drawDrone(g);
  if (!hidden.has("incidents")) drawIncidents(g);
  drawNames(g, zones.filter((z) => !hidden.has(z.line ? "lines" : "zones")));
  drawFrame(g);
}

// ---- time
const end = D.end_ms, clockText = (ms) => new Date(D.t0_us / 1000 + ms + D.offset_min * 60000).toISOString().slice(11, 19);
function nearestTime(times, ms, within) {
  let best = -1, gap = within;
  times.forEach((t, i) => { if (Math.abs(t - ms) <= gap) { gap = Math.abs(t - ms); best = i; } });
  return best;
}
function droneAt(ms) {
  const s = path.find((p) => p.t[0] <= ms && ms <= p.t[p.t.length - 1]);
  if (!s) return null;
  const j = Math.max(1, s.t.findIndex((t) => t >= ms)), i = j - 1;
  if (s.t.length === 1) return {x: s.xy[0], y: s.xy[1], alt: s.alt[0]};
  const f = (ms - s.t[i]) / Math.max(1, s.t[j] - s.t[i]), mix = (a, b) => a + (b - a) * f;
  return {x: mix(s.xy[2 * i], s.xy[2 * j]), y: mix(s.xy[2 * i + 1], s.xy[2 * j + 1]), alt: s.alt[i]};
}
const degrees = (x, y) => (lat0 + y / mLat).toFixed(6) + ", " + (lon0 + x / mLon).toFixed(6);
function setTime(ms) {
  atMs = Math.min(Math.max(ms, 0), end);
  const slider = byId("cursor"), here = droneAt(atMs);
  byId("timeline").style.setProperty("--f", atMs / end); lanes.classList.add("chosen");
  const place = here ? "โดรน Drone " + degrees(here.x, here.y) + (here.alt === null ? "" : " · " + here.alt.toFixed(0) + " m เหนือจุดขึ้นบิน above home") : "ไม่รู้ตำแหน่งโดรน drone's place unknown";
  slider.value = atMs; byId("at").textContent = clockText(atMs) + " · " + place; slider.setAttribute("aria-valuetext", byId("at").textContent);
  draw();
}
function lane(name, className = "") {
  const row = document.createElement("div"), title = document.createElement("span"), track = document.createElement("div");
  row.className = "lane " + className; title.className = "lane-name"; title.textContent = name; track.className = "track";
  row.append(title, track); lanes.append(row);
  return track;
}
const bars = [];
function bar(name, paint, className) {
  const c = document.createElement("canvas"); c.setAttribute("aria-hidden", "true"); lane(name, className).append(c);
  bars.push(() => { const [g, w, h] = sized(c); paint(g, w, h, (ms) => ms / end * w); });
}
function blocks(g, h, x, list, fill) { g.fillStyle = fill; list.forEach(([a, b]) => g.fillRect(x(a), 0, Math.max(1.5, x(b) - x(a)), h)); }
const spans = (...kinds) => D.spans.filter((s) => kinds.includes(s[2]));
function statusBar(name, good, bad) {
  bar(name, (g, w, h, x) => {
    g.fillStyle = theme.map; g.fillRect(0, 0, w, h); blocks(g, h, x, good, theme.good);
    blocks(g, h, x, bad, theme.panel); blocks(g, h, x, bad, hatch(g, theme.red));
    g.strokeStyle = theme.line; g.strokeRect(0.5, 0.5, w - 1, h - 1);
  });
}
function ticks(n) {
  bar(D.labels[n], (g, w, h, x) => {
    g.fillStyle = theme.map; g.fillRect(0, 0, w, h); g.fillStyle = colourOf(n); g.globalAlpha = 0.7;
    D.sightings.t.forEach((t, i) => { if (D.sightings.label[i] === n) g.fillRect(x(t) - 0.75, 2, 1.5, h - 4); }); g.globalAlpha = 1;
  });
}
function axis(g, w, h, x) {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200].map((s) => s * 1000).find((s) => s / end * w > 72) || 86400000;
  const first = step - (D.t0_us / 1000 + D.offset_min * 60000) % step;
  g.font = "12px system-ui, sans-serif"; g.fillStyle = theme.soft; g.textAlign = "center";
  for (let t = first; t < end; t += step) { g.fillRect(x(t), 0, 1, 4); if (x(t) > 28 && x(t) < w - 28) g.fillText(clockText(t), x(t), 15); }
}
function incidentLane() {
  const track = lane("เหตุการณ์ Incidents", "lane-incidents");
  D.incidents.forEach((incident, i) => {
    const b = document.createElement("button"); b.type = "button"; b.textContent = i + 1; b.setAttribute("aria-pressed", "false");
    b.setAttribute("aria-label", "เหตุการณ์ Incident " + (i + 1) + " " + clockText(incident.start) + " " + incident.name);
    b.addEventListener("click", (e) => { e.stopPropagation(); select(i, true); }); track.append(b);
  });
  bars.push(() => {  // buttons that would cover one another go one row down
    const rows = [], w = track.clientWidth;
    [...track.children].forEach((b, i) => {
      const left = Math.min(D.incidents[i].start / end * w, w - 30);
      let row = rows.findIndex((right) => right <= left); if (row < 0) row = rows.length;
      rows[row] = left + 32; b.style.left = left + "px"; b.style.top = row * 30 + "px";
    });
    track.style.height = Math.max(1, rows.length) * 30 + "px";
  });
}
function buildTimeline() {
  statusBar("ข้อมูลการบิน Telemetry", path.length || spans("no_fix").length ? [[0, end]] : [], spans("telemetry_gap", "no_fix"));
  statusBar("รู้ตำแหน่ง Position known", path.map((s) => [s.t[0], s.t[s.t.length - 1]]), spans("no_pose"));
  statusBar("ภาพ Video looked at", spans("looked"), spans("not_looked", "spared"));
  D.labels.forEach((_, n) => { if (n < 8 && D.sightings.label.includes(n)) ticks(n); });
  if (D.incidents.length) incidentLane();
  bar(D.clock, axis, "lane-axis");
  const slider = byId("cursor"); slider.max = end; slider.addEventListener("input", () => setTime(+slider.value));
  const scrub = (e) => { const box = lanes.querySelector(".lane canvas").getBoundingClientRect(); setTime((e.clientX - box.left) / box.width * end); };
  lanes.addEventListener("pointerdown", (e) => { if (e.target.tagName === "CANVAS") scrub(e); });
  lanes.addEventListener("pointermove", (e) => { if (e.buttons && e.target.tagName === "CANVAS") scrub(e); });
}

// ---- one choice, shown in the list, on the map and on the time line
function bring(lon, lat) {
  const x = sx(east(lon)), y = sy(north(lat));
  if (!(x > 40 && y > 60 && x < view.w - 40 && y < view.h - 40)) { view.x = east(lon); view.y = north(lat); moved = true; }
}
function select(i, scroll) {
  selected = i; body.dataset.selected = i + 1;
  all(".card").forEach((c, n) => c.classList.toggle("selected", n === i));
  all(".lane-incidents button").forEach((b, n) => b.setAttribute("aria-pressed", String(n === i)));
  const incident = D.incidents[i];
  if (lanes) setTime(incident.start);
  if (incident.lon !== null && canvas) bring(incident.lon, incident.lat);
  if (scroll) all(".card")[i].scrollIntoView({block: "nearest"});
  draw();
}
function showTrack(i) {
  pickedTrack = i; bring(D.tracks.lon[i], D.tracks.lat[i]); if (view.mpp > 0.6) view.mpp = 0.6;
  view.x = east(D.tracks.lon[i]); view.y = north(D.tracks.lat[i]); moved = true; if (lanes) setTime(D.tracks.t[i]);
  draw(); canvas.scrollIntoView({block: "nearest"}); canvas.focus({preventScroll: true});
}
function nearest(p, px, py, within) {
  let best = -1, gap = within;
  for (let i = 0; i < p.lon.length; i++) { const d = Math.hypot(sx(east(p.lon[i])) - px, sy(north(p.lat[i])) - py); if (d < gap) { gap = d; best = i; } }
  return best;
}
function pinAt(px, py) {
  return D.incidents.findIndex((i) => i.lon !== null && Math.hypot(sx(east(i.lon)) - px, sy(north(i.lat)) - 30 - py) < 18);
}
function read(px, py) {
  const t = hidden.has("tracks") ? -1 : nearest(D.tracks, px, py, 12), s = t >= 0 || hidden.has("sightings") ? -1 : nearest(D.sightings, px, py, 8);
  const p = t >= 0 ? D.tracks : D.sightings, i = t >= 0 ? t : s;
  const what = i < 0 ? "" : " · " + D.labels[p.label[i]] + " " + clockText(p.t[i]) + (p.ce90[i] === null ? "" : " ± " + p.ce90[i] + " m") + (t >= 0 ? " × " + p.n[i] : "");
  readout.textContent = degrees(mx(px), my(py)) + what;
}

// ---- hands
function listenToMap() {
  const pointers = new Map(); let dragged = 0;
  const at = (e) => { const box = canvas.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
  canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); pointers.set(e.pointerId, at(e)); dragged = 0; read(...at(e)); });
  canvas.addEventListener("pointermove", (e) => {
    const now = at(e), before = pointers.get(e.pointerId); read(...now);
    if (!before) return;
    const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
    dragged += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (other) {
      const ratio = Math.hypot(before[0] - other[0], before[1] - other[1]) / Math.max(1, Math.hypot(now[0] - other[0], now[1] - other[1]));
      pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2); zoom(ratio, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else pan(now[0] - before[0], now[1] - before[1]);
    pointers.set(e.pointerId, now);
  });
  const up = (e) => { pointers.delete(e.pointerId); };
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerup", (e) => {
    up(e); if (dragged > 6) return;
    const pin = pinAt(...at(e)); if (pin >= 0) return select(pin, true);
    pickedTrack = nearest(D.tracks, ...at(e), 14); draw();
  });
  canvas.addEventListener("wheel", (e) => { e.preventDefault(); zoom(Math.exp(Math.max(-60, Math.min(60, e.deltaY)) * 0.006), ...at(e)); }, {passive: false});
  const keys = {"+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), "0": fitFlight,
    ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60)};
  canvas.addEventListener("keydown", (e) => { if (keys[e.key] && !e.ctrlKey && !e.metaKey) { e.preventDefault(); keys[e.key](); } });
  byId("zoom-in").onclick = () => zoom(0.6); byId("zoom-out").onclick = () => zoom(1 / 0.6);
  byId("fit-flight").onclick = fitFlight; byId("fit-zones").onclick = fitZones;
}
const swatches = [];
function layer(id, text, paint) {
  const row = document.createElement("label"), box = document.createElement("input"), c = document.createElement("canvas"), words = document.createElement("bdi");
  box.type = "checkbox"; box.checked = !hidden.has(id); words.textContent = text; c.setAttribute("aria-hidden", "true"); row.append(box, c, words); byId("layers").append(row);
  box.addEventListener("change", () => { hidden[box.checked ? "delete" : "add"](id); draw(); });
  swatches.push(() => { const [g] = sized(c); paint(g); });
}
function swatchLine(g, colour, width, dash, alpha = 1) { g.globalAlpha = alpha; g.strokeStyle = colour; g.lineWidth = width; g.setLineDash(dash); g.beginPath(); g.moveTo(0, 10); g.lineTo(34, 10); g.stroke(); g.setLineDash([]); g.globalAlpha = 1; }
function swatchBox(g, fill, alpha) { g.globalAlpha = alpha; g.fillStyle = fill; g.fillRect(1, 2, 32, 16); g.globalAlpha = 1; }
function buildLegend() {
  if (D.sightings.t.length > 500) hidden.add("errors");  // a thousand circles hide what they are about
  layer("path", "เส้นทางบิน (แดง = ขาดช่วง) Flight path (red: gap)", (g) => { g.translate(0, -4); swatchLine(g, theme.path, 2, []); g.translate(0, 8); swatchLine(g, theme.red, 2.5, [3, 6]); });
  for (const [kind, text] of groundKinds) layer("ground-" + kind, text, (g) => swatchBox(g, GROUND[kind](g), GROUND_ALPHA[kind]));
  if (groundKinds.length) hidden.add("footprints");  // the cells say the same, and how well
  if (footprints.length) layer("footprints", "กรอบภาพบนพื้น Picture outlines", (g) => swatchBox(g, theme.foot, 0.35));
  const areas = zones.filter((z) => !z.line), standIn = areas.some((z) => z.placeholder);
  if (areas.length) layer("zones", standIn ? "เขต (เส้นประ = เขตสมมุติ) Zones (dashed: stand-in)" : "เขต Zones", (g) => {
    if (standIn) { g.fillStyle = hatch(g, theme.zone); g.fillRect(0, 0, 34, 20); } else swatchBox(g, theme.zone, 0.3); });
  if (areas.length < zones.length) layer("lines", "เส้นเขตแดน (แถบ: คลาดเคลื่อน 95 %) Border (band: 95 %)", (g) => {
    swatchLine(g, theme.border, 12, [], 0.25); swatchLine(g, theme.border, 3, [14, 5, 3, 5]); });
  if (D.incidents.length) layer("incidents", "เหตุการณ์ Incidents", (g) => { g.fillStyle = "#9c1c15"; g.beginPath(); g.arc(17, 10, 9, 0, 7); g.fill(); g.fillStyle = "#fff"; g.font = "bold 12px system-ui"; g.textAlign = "center"; g.fillText("1", 17, 14); });
  if (D.tracks.t.length) layer("tracks", "สิ่งที่ติดตาม วง = 90 % Tracks, circle: 90 %", (g) => { shape(g, 0, 17, 10, 5); g.fillStyle = theme.ink; g.fill(); shape(g, 0, 17, 10, 9); g.strokeStyle = theme.ink; g.stroke(); });
  if (D.sightings.t.length) layer("sightings", "แต่ละครั้งที่พบ Single sightings", (g) => { g.fillStyle = theme.ink; [7, 14, 19, 27].forEach((x, i) => { shape(g, 0, x, 8 + i % 2 * 5, 2.6); g.fill(); }); });
  if (D.sightings.t.length) layer("errors", "วงคลาดเคลื่อนของแต่ละครั้ง Their error circles (90 %)", (g) => { shape(g, 0, 17, 10, 8); g.strokeStyle = theme.soft; g.stroke(); });
  D.labels.forEach((name, n) => layer("label" + n, name, (g) => { shape(g, n, 17, 10, 7); g.fillStyle = colourOf(n); g.fill(); }));
}

// ---- start
function measure() { Object.assign(view, {w: canvas.clientWidth, h: canvas.clientHeight}); }
function resized() {  // a turned phone shows the whole flight again, unless its owner has moved the map
  paintAll();
  if (canvas && !moved) { measure(); fitFlight(); }
}
function paintAll() { readTheme(); swatches.forEach((f) => f()); bars.forEach((f) => f()); draw(); }
function start() {
  readTheme();
  if (lanes) buildTimeline();
  if (canvas) {
    buildLegend(); listenToMap(); measure(); fitFlight();
    all("[data-track-show]").forEach((b) => { b.hidden = false; b.onclick = () => showTrack(+b.dataset.trackShow); });
  }
  if (canvas || lanes) all("[data-show]").forEach((b) => { b.hidden = false; b.onclick = () => { select(+b.dataset.show, false); if (canvas) canvas.scrollIntoView({block: "nearest"}); }; });
  paintAll(); if (canvas) drawNow();
  window.addEventListener("resize", resized);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintAll);
  Object.assign(counts, {zones: zones.length, segments: path.length, ground: groundKinds.length, footprints: footprints.length, sightings: D.sightings.t.length,
    tracks: D.tracks.t.length, incidents: D.incidents.length});
  Object.entries(counts).forEach(([name, n]) => { body.dataset[name] = n; });
  body.dataset.ready = "1";
}
start();
})();
