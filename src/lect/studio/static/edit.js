// The editor of transcripts: segments and sound in step, changed by keys or buttons, saved as they are written.

import { Draft } from "./draft.js";
import { drawWaveform } from "./waveform.js";

const LEAST = 0.05; // seconds that a segment lasts
const STEP = 2; // seconds back and on
const WORDS = { waiting: "Not saved yet", saving: "Saving", saved: "Saved", refreshed: "As it was saved elsewhere", conflict: "Not saved: choose first" };

const form = document.querySelector(".editor[data-changes]");
if (form) begin(form);

// Edit what the page has of a recording; of one with more segments than a page shows, what the server has, once it is here.
async function begin(form) {
  const list = form.querySelector(".segments");
  const { total, place, revision } = form.dataset;
  if (Number(total) <= list.children.length) {
    return edit(form, { segments: [...list.children].map(read), isDone: "done" in form.dataset, revision: Number(revision) });
  }
  const told = form.querySelector(".saved");
  told.textContent = "Loading";
  list.inert = true; // what was written meanwhile would be lost
  const whole = await fetch(`${place}/draft`).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  list.inert = false;
  if (whole) return edit(form, whole);
  told.textContent = "The other segments did not come. Load the page again.";
  told.classList.add("wrong");
}

function edit(form, start) {
  const list = form.querySelector(".segments");
  const template = document.getElementById("segment").content.firstElementChild;
  const audio = form.querySelector("audio");
  const find = (name) => form.querySelector(name);
  const duration = Number(form.dataset.duration);
  const size = Number(form.dataset.window); // segments that are shown at once
  const draft = new Draft(form.dataset.place, start, tell);
  const rows = new WeakMap(); // by segment: only those that are new are made anew
  let first = Number(form.dataset.first) - 1; // the first segment that is shown
  let wave = null;
  let until = Infinity; // seconds, where what plays stops
  let marked = -1; // the segment that is heard

  // What is shown.

  function tell(state, more) {
    const place = find(".saved");
    place.setAttribute("aria-live", state === "failed" ? "assertive" : "off"); // nobody wants to hear "Saved" after each pause
    place.textContent = state === "failed" ? `Not saved. ${more}` : WORDS[state];
    place.classList.toggle("wrong", state === "failed" || state === "conflict");
    find(".conflict").hidden = state !== "conflict";
    if (state === "conflict") {
      find(".theirs").textContent = textOf(more.segments);
      find(".yours").textContent = textOf(draft.segments);
      find(".conflict").scrollIntoView({ block: "nearest" });
    }
    if (state === "refreshed") render();
    form.querySelector("[name=revision]").value = draft.revision;
  }

  function render(focus = null) {
    showWindow(focus?.at ?? first);
    if (focus !== null) focusOn(focus.at, focus.caret ?? 0);
    document.getElementById("speakers").replaceChildren(
      ...[...new Set(draft.segments.map((each) => each.speaker).filter(Boolean))].map((name) => new Option(name, name)),
    );
    document.querySelector(".is-done").hidden = !draft.isDone;
    document.querySelector(".is-to-do").hidden = draft.isDone;
    const stay = find(".stay");
    [stay.value, stay.textContent] = draft.isDone ? ["undone", "Not done after all"] : ["stay", "Save"];
    wave?.show(draft.segments);
    mark(false);
  }

  const windowOf = (at) => at - (at % size);
  const rowOf = (at) => list.children[at - first];

  // Show the segments around one of them.
  function showWindow(at) {
    rowOf(marked)?.classList.remove("current");
    marked = -1;
    const total = draft.segments.length;
    first = windowOf(Math.min(at, Math.max(total - 1, 0)));
    const end = Math.min(first + size, total);
    list.replaceChildren(...draft.segments.slice(first, end).map((segment) => rows.get(segment) ?? row(segment)));
    find(".windows").hidden = total <= size;
    find(".earlier").hidden = first === 0;
    find(".later").hidden = end === total;
    find(".shown").textContent = `${(first + 1).toLocaleString("en")}–${end.toLocaleString("en")} of ${total.toLocaleString("en")}`;
    history.replaceState(history.state, "", first ? `?page=${first / size + 1}` : location.pathname); // to come back to
  }

  function bring(at) {
    if (windowOf(at) === first) return;
    showWindow(at);
    mark(false);
  }

  function row(segment) {
    const made = template.cloneNode(true);
    const text = made.querySelector("textarea");
    const from = clock(segment.offset);
    text.value = segment.text;
    text.setAttribute("aria-label", `What is said at ${from}`);
    const time = made.querySelector(".time");
    time.textContent = from;
    time.setAttribute("aria-label", `Hear it from ${from}`);
    made.querySelector(".speaker").value = segment.speaker ?? "";
    made.querySelector(".heard-as").hidden = segment.heard === undefined || segment.heard === segment.text;
    made.querySelector(".heard-text").textContent = segment.heard || "nothing";
    rows.set(segment, made);
    made.querySelector(".sure").textContent = segment.confidence === undefined ? "" : `${Math.round(100 * segment.confidence)} %`;
    return made;
  }

  // Mark the segment that is heard. Its window is shown if somebody listens, or seeks, and is not in another segment.
  function mark(isFollowed = Boolean(audio && !audio.paused)) {
    const now = audio?.currentTime ?? 0;
    find(".now").textContent = `${clock(now)} / ${clock(duration)}`;
    const at = draft.segments.findIndex((each) => now >= each.offset && now < each.offset + each.duration);
    if (at === marked) return;
    const follows = isFollowed && at >= 0 && !list.contains(document.activeElement);
    if (follows && windowOf(at) !== first) showWindow(at);
    rowOf(marked)?.classList.remove("current");
    rowOf(at)?.classList.add("current");
    wave?.mark(at);
    marked = at;
    if (follows) rowOf(at).scrollIntoView({ block: "nearest" });
  }

  // Where somebody is.

  function placeOf(element) {
    const place = [...list.children].indexOf(element?.closest(".segment"));
    return place < 0 ? -1 : first + place;
  }

  function here() {
    const at = placeOf(document.activeElement);
    if (at >= 0) return at;
    return rowOf(marked) ? marked : first;
  }

  function focusOn(at, caret = 0) {
    bring(at);
    const text = rowOf(at)?.querySelector("textarea");
    if (!text) return;
    text.focus();
    text.setSelectionRange(caret, caret);
    rowOf(at).scrollIntoView({ block: "nearest" });
  }

  function go(by) {
    const at = placeOf(document.activeElement);
    const next = at < 0 ? here() : Math.min(Math.max(at + by, 0), draft.segments.length - 1);
    focusOn(next, draft.segments[next]?.text.length);
    hear(next);
  }

  // What is heard.

  function hear(at) {
    const segment = draft.segments[at];
    if (!audio || !segment) return;
    audio.currentTime = segment.offset;
    until = segment.offset + segment.duration;
    audio.play().catch(() => {});
  }

  function toggle() {
    if (!audio) return;
    if (!audio.paused) return audio.pause();
    const segment = draft.segments[placeOf(document.activeElement)];
    const now = audio.currentTime;
    if (segment && (now < segment.offset || now >= segment.offset + segment.duration - LEAST)) audio.currentTime = segment.offset;
    until = Infinity;
    audio.play().catch(() => {});
  }

  function jump(by) {
    if (audio) audio.currentTime = Math.min(Math.max(audio.currentTime + by, 0), duration);
  }

  function hasten(by) {
    const speed = find(".speed");
    speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + by, 0), speed.options.length - 1);
    if (audio) audio.playbackRate = Number(speed.value);
  }

  // What is changed.

  function split(at, caret) {
    const { offset, duration: length, text, confidence: _, heard: __, ...rest } = draft.segments[at];
    const now = audio?.currentTime ?? 0;
    const share = text.length ? caret / text.length : 0.5;
    const isInside = now > offset + LEAST && now < offset + length - LEAST;
    const first = rounded((isInside ? now - offset : Math.min(Math.max(share, 0.05), 0.95) * length));
    if (first < LEAST || length - first < LEAST) return;
    const parts = [
      { ...rest, offset, duration: first, text: text.slice(0, caret).trimEnd() },
      { ...rest, offset: rounded(offset + first), duration: rounded(length - first), text: text.slice(caret).trimStart() },
    ];
    draft.change(({ segments }) => segments.splice(at, 1, ...parts));
    render({ at: at + 1 });
  }

  function merge(at) {
    const [one, other] = draft.segments.slice(at, at + 2);
    if (!other) return;
    const { confidence: _, heard: __, ...rest } = one;
    const text = [one.text, other.text].filter(Boolean).join("spaced" in form.dataset ? " " : "");
    const whole = { ...rest, speaker: one.speaker ?? other.speaker, duration: rounded(other.offset + other.duration - one.offset), text };
    draft.change(({ segments }) => segments.splice(at, 2, whole));
    render({ at, caret: one.text.length });
  }

  // Let a segment begin, or end, where the sound is now; its neighbour goes no further than that.
  function bound(at, isEnd) {
    const segment = draft.segments[at];
    const now = rounded(audio?.currentTime ?? 0);
    const from = isEnd ? segment.offset : now;
    const to = isEnd ? now : segment.offset + segment.duration;
    const before = draft.segments[at - 1];
    const after = draft.segments[at + 1];
    if (to - from < LEAST || (before && from - before.offset < LEAST) || (after && after.offset + after.duration - to < LEAST)) return;
    draft.change(({ segments }) => {
      segments[at] = { ...segment, offset: from, duration: rounded(to - from) };
      if (before && before.offset + before.duration > from) segments[at - 1] = { ...before, duration: rounded(from - before.offset) };
      if (after && after.offset < to) segments[at + 1] = { ...after, offset: to, duration: rounded(after.offset + after.duration - to) };
    });
    render({ at, caret: segment.text.length });
  }

  function remove(at) {
    draft.change(({ segments }) => segments.splice(at, 1));
    render({ at: Math.min(at, draft.segments.length - 1) });
  }

  // Write down what no segment holds yet: from the sound's place to the next segment, or to the end.
  function add() {
    const from = rounded(audio?.currentTime ?? 0);
    const at = draft.segments.findIndex((each) => each.offset + each.duration > from);
    const next = at < 0 ? null : draft.segments[at];
    const to = next ? next.offset : duration;
    if (to - from < LEAST) return tellBriefly("There is a segment here already: split it.");
    const place = at < 0 ? draft.segments.length : at;
    draft.change(({ segments }) => segments.splice(place, 0, { offset: from, duration: rounded(to - from), text: "" }));
    render({ at: place });
  }

  function take(at) {
    draft.change(({ segments }) => (segments[at] = { ...segments[at], text: segments[at].heard }));
    render({ at, caret: draft.segments[at].text.length });
  }

  async function back(step) {
    const [at, before] = [here(), draft.segments];
    if (!(await step())) return tellBriefly("There is nothing more.");
    const changed = firstChanged(before, draft.segments) ?? at;
    render({ at: Math.min(changed, draft.segments.length - 1) });
  }

  function tellBriefly(words) {
    find(".saved").textContent = words;
    setTimeout(() => draft.isSaved && find(".saved").textContent === words && tell("saved"), 2500);
  }

  async function finish(isDone) {
    if (draft.isDone !== isDone) draft.change((each) => (each.isDone = isDone));
    render();
    if ((await draft.save()) && isDone) location.assign(`${draft.place}/next`);
  }

  // What somebody does.

  const doing = {
    toggle,
    back: () => jump(-STEP),
    forward: () => jump(STEP),
    undo: () => back(() => draft.undo()),
    redo: () => back(async () => draft.redo()),
    add,
    "keep-mine": () => draft.settle(true).then(() => render()),
    "keep-theirs": () => draft.settle(false).then(() => render()),
  };
  const doingTo = {
    time: hear,
    split: (at) => split(at, caretIn(at)),
    merge,
    begin: (at) => bound(at, false),
    end: (at) => bound(at, true),
    remove,
    take,
  };

  function caretIn(at) {
    return rowOf(at).querySelector("textarea").selectionStart;
  }

  find(".windows").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    focusOn(link.matches(".later") ? first + size : first - size);
  });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("button[type=button]");
    if (!button) return;
    const at = placeOf(button);
    for (const name of button.classList) at < 0 ? doing[name]?.() : doingTo[name]?.(at);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const then = event.submitter?.value;
    if (then === "done") finish(true);
    else if (then === "undone") finish(false);
    else draft.isSaved ? tell("saved") : draft.save();
  });
  list.addEventListener("input", ({ target }) => {
    const at = placeOf(target);
    const name = target.matches("textarea") ? "text" : "speaker";
    const value = name === "text" ? target.value.replace(/\s*\n\s*/g, " ") : target.value.trim() || undefined;
    draft.change(({ segments }) => (segments[at] = { ...segments[at], [name]: value }), `${at} ${name}`);
    rows.set(draft.segments[at], rowOf(at));
  });
  list.addEventListener("focusin", ({ target }) => {
    const segment = draft.segments[placeOf(target)];
    const now = audio?.currentTime ?? 0;
    if (segment && audio?.paused && (now < segment.offset || now >= segment.offset + segment.duration)) audio.currentTime = segment.offset;
  });
  document.addEventListener("keydown", (event) => {
    const does = keyed(event);
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }, true);

  function keyed({ key, code, ctrlKey, metaKey, altKey, shiftKey, target, isComposing }) {
    const isText = target.matches?.("textarea");
    const isField = isText || Boolean(target.closest?.("input, select, summary, a"));
    const command = ctrlKey || metaKey;
    if (isComposing) return null;
    if (command && !altKey) {
      if (key === "Enter") return () => finish(true);
      if (code === "KeyS" && !shiftKey) return () => draft.save();
      if (code === "KeyZ") return shiftKey ? doing.redo : doing.undo;
      return null;
    }
    if (altKey) {
      if (key === "Enter" && isText) return () => split(placeOf(target), target.selectionStart);
      const moves = { KeyM: () => merge(here()), KeyR: () => hear(here()), KeyJ: doing.back, KeyL: doing.forward };
      return { ...moves, Comma: () => hasten(-1), Period: () => hasten(1) }[code] ?? null;
    }
    if (key === "Escape") return toggle;
    if (key === "Enter" && isText) return () => go(shiftKey ? -1 : 1);
    if (isField || target.closest?.("button")) return null;
    return { j: () => go(1), k: () => go(-1), p: toggle }[key] ?? null;
  }

  audio?.addEventListener("timeupdate", () => {
    if (audio.currentTime >= until) {
      audio.pause();
      until = Infinity;
    }
    mark();
  });
  for (const name of ["play", "pause"]) audio?.addEventListener(name, () => find(".toggle").classList.toggle("on", !audio.paused));
  audio?.addEventListener("seeking", () => {
    if (audio.currentTime >= until) until = Infinity;
    mark(true);
  });
  find(".speed").addEventListener("change", () => hasten(0));
  find(".zoom").addEventListener("input", ({ target }) => wave?.zoom(Number(target.value)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave?.recolour());

  // What somebody leaves.

  addEventListener("beforeunload", (event) => draft.isSaved || event.preventDefault());
  addEventListener("pagehide", () => draft.leave());
  document.addEventListener("visibilitychange", () => (document.hidden ? draft.save() : draft.refresh()));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || draft.isSaved || event.ctrlKey || event.metaKey || event.shiftKey || link.hasAttribute("download")) return;
    event.preventDefault();
    draft.save().then((isSaved) => isSaved && location.assign(link.href));
  });

  form.querySelectorAll(".controls, .tools").forEach((each) => (each.hidden = false));
  if (!audio) find(".controls").hidden = true;
  form.classList.add("edited");
  render();
  tell("saved");
  if (audio && "waves" in document.body.dataset) {
    drawWaveform(find(".waveform"), audio, draft.place, duration).then((drawn) => {
      wave = drawn;
      find(".zoom").value = wave.scale;
      wave.show(draft.segments);
      marked = -1;
      mark();
    });
  }
}

// A segment as the page has it.
function read(row) {
  const { offset, duration, confidence, speaker, heard } = row.dataset;
  const segment = { offset: Number(offset), duration: Number(duration), text: row.querySelector("textarea").value };
  if (confidence !== undefined) segment.confidence = Number(confidence);
  if (speaker !== undefined) segment.speaker = speaker;
  if ("asHeard" in row.dataset) segment.heard = segment.text; // most are: it is not sent twice
  else if (heard !== undefined) segment.heard = heard;
  return segment;
}

// Where two states of a draft begin to differ; undefined: nowhere.
function firstChanged(before, after) {
  const isSame = (one, other) => ["offset", "duration", "text", "speaker"].every((name) => one?.[name] === other?.[name]);
  for (let at = 0; at < Math.max(before.length, after.length); at += 1) if (!isSame(before[at], after[at])) return at;
}

function textOf(segments) {
  return segments.map((each) => each.text).filter(Boolean).join(" ") || "nothing";
}

function rounded(seconds) {
  return Math.round(1000 * seconds) / 1000;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
