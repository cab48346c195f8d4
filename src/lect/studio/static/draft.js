// A draft while it is edited: its segments, what they were before, and how far all of it is saved.

const PAUSE = 700; // milliseconds without a change until it is saved
const AGAIN = 3000; // until a save that failed is tried once more
const ONE_STEP = 2000; // within which typing in one place is one step of undo
const STEPS = 200; // of undo that are kept here; the server has more
const BEACON = 60000; // bytes that browsers send for a page that is gone

export class Draft {
  // `tell(state, more)` hears how far it is: "waiting", "saving", "saved", "refreshed", "failed" with why, "conflict" with theirs.
  constructor(place, { segments, isDone, revision }, tell) {
    Object.assign(this, { place, segments, isDone, revision, tell });
    this.past = [];
    this.future = [];
    this.typed = { where: null, when: 0 };
    this.asked = null; // the revision that undo has gone back to on the server
    this.version = this.saved = 0; // grows with each change
    this.theirs = null; // what somebody else wrote meanwhile
    this.sending = null;
  }

  get isSaved() {
    return this.version === this.saved;
  }

  // Change it; `where` says in which place somebody types, so that not every letter is a step of undo.
  change(make, where = null) {
    const goesOn = where !== null && where === this.typed.where && Date.now() - this.typed.when < ONE_STEP;
    if (!goesOn) this.past.push(this.copy());
    if (this.past.length > STEPS) this.past.shift();
    this.typed = { where, when: Date.now() };
    this.future = [];
    this.asked = null;
    make(this);
    this.wait();
  }

  // Take a step back: here, or to what the server kept of earlier visits. False: there is none.
  async undo() {
    let before = this.past.pop();
    if (!before) {
      const answer = await fetch(`${this.place}/revisions?before=${this.asked ?? this.revision}`);
      if (answer.status !== 200) return false;
      before = await answer.json();
      this.asked = before.revision;
    }
    this.future.push(this.copy());
    this.restore(before);
    return true;
  }

  redo() {
    const after = this.future.pop();
    if (!after) return false;
    this.past.push(this.copy());
    this.restore(after);
    return true;
  }

  copy() {
    return { segments: this.segments.map((each) => ({ ...each })), isDone: this.isDone };
  }

  restore({ segments, isDone }) {
    Object.assign(this, { segments: segments.map((each) => ({ ...each })), isDone });
    this.typed = { where: null, when: 0 };
    this.wait();
  }

  wait(time = PAUSE) {
    this.version += 1;
    if (!this.theirs) this.tell("waiting");
    this.later(time);
  }

  later(time) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), time);
  }

  // Save all that was changed; whether it is.
  async save() {
    clearTimeout(this.timer);
    while (!this.isSaved && !this.theirs) {
      this.sending ??= this.send().finally(() => (this.sending = null));
      if (!(await this.sending)) return false;
    }
    return this.isSaved;
  }

  async send() {
    const version = this.version;
    this.tell("saving");
    let answer;
    try {
      answer = await this.post();
    } catch {
      return this.fail("The server does not answer. What you wrote is here, and is sent again.");
    }
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) return this.fail(await reason(answer));
    const said = await answer.json();
    if (said.current) {
      this.theirs = said.current;
      this.tell("conflict", said.current);
      return false;
    }
    this.revision = said.revision;
    this.saved = version;
    this.tell(this.isSaved ? "saved" : "waiting");
    return true;
  }

  post(options = {}) {
    const body = JSON.stringify({ revision: this.revision, segments: this.segments, isDone: this.isDone });
    const headers = { "Content-Type": "application/json", "HX-Request": "true", "X-Form-Token": document.body.dataset.token };
    return fetch(`${this.place}/draft`, { method: "POST", body, headers, keepalive: options.isLast && body.length < BEACON });
  }

  fail(why) {
    this.tell("failed", why);
    this.later(AGAIN);
    return false;
  }

  // After a conflict: mine is stored on top of theirs, and theirs on top of that if they are wanted. Both are kept either way.
  async settle(isMine) {
    const { segments, isDone, revision } = this.theirs;
    this.theirs = null;
    this.revision = revision;
    this.version += 1;
    await this.save();
    if (!isMine) this.change((draft) => Object.assign(draft, { segments, isDone }));
  }

  // Look whether another tab has gone on, if nothing here waits to be saved.
  async refresh() {
    if (!this.isSaved || this.theirs || this.sending) return;
    const answer = await fetch(`${this.place}/draft`).catch(() => null);
    if (!answer?.ok || !this.isSaved || this.sending) return;
    const now = await answer.json().catch(() => null);
    if (!now || now.revision === this.revision) return;
    Object.assign(this, { segments: now.segments, isDone: now.isDone, revision: now.revision, past: [], future: [] });
    this.tell("refreshed");
  }

  // The page goes: send what is left, without waiting for an answer.
  leave() {
    if (!this.isSaved && !this.theirs && !this.sending) this.post({ isLast: true }).catch(() => {});
  }
}

async function reason(answer) {
  if (answer.headers.get("HX-Redirect")) return "You are signed out. Sign in in another tab: what you wrote is here, and is sent again.";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(".problem")?.textContent.trim().replace(/\s+/g, " ") || "The server did not take it. It is sent again.";
}
