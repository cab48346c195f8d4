// A file on its way to the server, block by block. What breaks off is tried again, from what the server says it has.

const STALLED = 60_000; // milliseconds without a byte, after which a connection counts as broken
const LONGEST_PAUSE = 30_000; // milliseconds between two attempts
const MISTAKES = 3; // of the server in a row, after which it is asked no more
const REMEMBERED = "lect.upload."; // of what was begun, with the id behind it

export class Refused extends Error {} // by the server, for good
export class Broken extends Error {} // the connection, or what lies between

// The server cannot do it now, and says why; `wait` is the time in milliseconds after which it wants to be asked, if it says one.
export class Busy extends Error {
  constructor(words, wait) {
    super(words);
    this.wait = wait;
  }
}

class Mistake extends Refused {} // the server's own, which may not come again

export class Sending {
  // `told({ sent, total, speed })` hears of progress, speed in bytes a second; `said(text)` of what goes wrong and right again.
  constructor(file, upload, { told, said }) {
    Object.assign(this, { file, upload, told, said, stopped: false, marks: [] });
  }

  // Sends what is not there yet, commits, and gives the address of the dataset; null: it was stopped.
  async run() {
    let failures = 0;
    let mistakes = 0;
    while (!this.stopped) {
      try {
        const led = await this.send(() => (failures = mistakes = 0));
        return this.stopped ? null : led;
      } catch (error) {
        if (this.stopped) return null;
        const isOver = error instanceof Mistake && ++mistakes === MISTAKES;
        if (isOver || ![Broken, Busy, Mistake].includes(error.constructor)) throw error;
        const pause = Math.min(1000 * 2 ** failures++, LONGEST_PAUSE);
        await this.pause(error.wait ?? pause, error.message);
      }
    }
    return null;
  }

  stop() {
    this.stopped = true;
    this.request?.abort();
    this.wake?.();
  }

  async send(succeeded) {
    const { id, block } = this.upload;
    const there = JSON.parse((await this.ask("GET", `/datasets/${id}/blocks`)).responseText);
    const count = Math.ceil(this.file.size / block);
    this.sent = 0;
    this.marks = [];
    const missing = [];
    for (let number = 1; there.waits && number <= count; number += 1) {
      const size = Math.min(block, this.file.size - (number - 1) * block);
      if (there.blocks[number] === size) this.sent += size;
      else missing.push(number);
    }
    this.said("");
    this.tell(0);
    for (const number of missing) {
      const data = await this.file.slice((number - 1) * block, number * block).arrayBuffer();
      await this.ask("PUT", `/datasets/${id}/blocks/${number}`, data, (loaded) => this.tell(loaded));
      this.sent += data.byteLength;
      this.tell(0);
      succeeded();
    }
    this.said("All is sent; it is being stored.");
    const body = new URLSearchParams({ count });
    const answer = await this.ask("POST", `/datasets/${id}/commit`, body);
    return answer.getResponseHeader("HX-Redirect");
  }

  // One request, which `stop` ends; after it there is no other.
  ask(method, path, body, progress) {
    if (this.stopped) throw new Broken();
    return ask(method, path, body, { progress, begun: (request) => (this.request = request) });
  }

  tell(loaded) {
    const [now, sent] = [performance.now(), this.sent + loaded];
    this.marks = [...this.marks.filter(([time]) => now - time < 8000), [now, sent]];
    const [[time, before]] = this.marks;
    this.told({ sent, total: this.file.size, speed: now > time ? (1000 * (sent - before)) / (now - time) : 0 });
  }

  async pause(time, why) {
    this.said(`${why} It is tried again in ${Math.round(time / 1000)} s; what was sent stays.`);
    await new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, time);
      addEventListener("online", resolve, { once: true });
    });
  }
}

// Lets the server take a file of this size and kind, and remembers that it did.
export async function begin(file, form) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const hex = [...head].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const said = { kind: form.get("kind"), locale: form.get("locale"), name: form.get("name") || stemOf(file.name) };
  const body = new URLSearchParams({ ...said, size: file.size, head: hex });
  const { id, block } = JSON.parse((await ask("POST", "/datasets/begin", body)).responseText);
  const upload = { ...said, id, block, project: project(), file: file.name, size: file.size, modified: file.lastModified };
  remember(upload);
  return upload;
}

function remember(upload) {
  try {
    localStorage.setItem(REMEMBERED + upload.id, JSON.stringify(upload));
  } catch {
    // a browser that keeps nothing can still send, but not go on after a reload
  }
}

export function forget({ id }) {
  try {
    localStorage.removeItem(REMEMBERED + id);
  } catch {
    // then it was not remembered, either
  }
}

function recalled() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(REMEMBERED));
    return names.map((name) => read(localStorage.getItem(name))).filter((upload) => upload?.id);
  } catch {
    return [];
  }
}

function read(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

// What was begun in this browser and waits for more, each with the bytes that are `there`; what the server knows no more is forgotten.
export async function whatWasBegun() {
  const found = [];
  for (const upload of recalled()) {
    const answer = await fetch(`/datasets/${upload.id}/blocks`, { redirect: "error" }).catch(() => null);
    const state = answer?.ok ? read(await answer.text()) : null;
    const isGone = answer?.status === 404 && ["", upload.project].includes(project());
    if (isGone || state?.waits === false) forget(upload);
    else if (state) found.push({ ...upload, there: Object.values(state.blocks).reduce((sum, size) => sum + size, 0) });
  }
  return found;
}

// The project of who is signed in, who does not see what others sent; empty: all projects.
function project() {
  return document.body.dataset.project;
}

export function isSame(upload, file) {
  return upload.file === file.name && upload.size === file.size && upload.modified === file.lastModified;
}

export async function remove(upload) {
  await ask("POST", `/datasets/${upload.id}/delete`);
  forget(upload);
}

// One request. What the server refuses throws `Refused` with its words; what may go better next time, `Busy`, `Mistake` or `Broken`.
function ask(method, path, body = null, { begun = () => {}, progress = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), STALLED);
    };
    request.upload.addEventListener("progress", ({ loaded }) => {
      alive();
      progress(loaded);
    });
    request.addEventListener("load", () => {
      const led = request.getResponseHeader("HX-Redirect");
      if (led?.startsWith("/sign-in")) location.assign(led);
      else if (request.status < 300) resolve(request);
      else reject(failureOf(request));
    });
    for (const name of ["error", "abort"]) request.addEventListener(name, () => reject(new Broken("The connection is lost.")));
    request.addEventListener("loadend", () => clearTimeout(watch));
    request.open(method, path);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Form-Token", document.body.dataset.token);
    begun(request);
    alive();
    request.send(body);
  });
}

function failureOf(request) {
  const { status } = request;
  if (status === 502 || status === 504) return new Broken("The server does not answer.");
  const words = problemIn(request.responseText);
  if (status === 429 || status === 503) {
    const seconds = Number(request.getResponseHeader("Retry-After"));
    return new Busy(words, seconds > 0 ? 1000 * seconds : null);
  }
  return status >= 500 ? new Mistake(words) : new Refused(words);
}

// What is told in a page, or in what programs get where no page was reached.
function problemIn(answer) {
  const told = read(answer)?.message?.split("\n");
  const found = new DOMParser().parseFromString(answer, "text/html").querySelectorAll(".problem p");
  const lines = told ?? [...found].map((line) => line.textContent.trim());
  return lines.map((line) => (/[.!?]$/.test(line) ? line : `${line}.`)).join(" ") || "That did not work.";
}

function stemOf(name) {
  return name.replace(/(.)\.[^.]*$/, "$1").slice(0, 256);
}
