// A file on its way to the server, block by block. What breaks off is tried again, from what the server says it has.

const STALLED = 60_000; // milliseconds without a byte, after which a connection counts as broken
const LONGEST_PAUSE = 30_000; // milliseconds between two attempts
const REMEMBERED = "lect.upload."; // of what was begun, with the id behind it

export class Refused extends Error {} // by the server, for good

export class Sending {
  // `told({ sent, total, speed })` hears of progress, speed in bytes a second; `said(text)` of what goes wrong and right again.
  constructor(file, upload, { told, said }) {
    Object.assign(this, { file, upload, told, said, stopped: false, marks: [] });
  }

  // Sends what is not there yet, commits, and gives the address of the dataset; null: it was stopped.
  async run() {
    for (let failures = 0; !this.stopped; ) {
      try {
        return await this.send(() => (failures = 0));
      } catch (error) {
        if (this.stopped) return null;
        if (error instanceof Refused || error.name === "NotReadableError") throw error;
        await this.pause(Math.min(1000 * 2 ** failures++, LONGEST_PAUSE));
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
    const there = JSON.parse((await ask("GET", `/datasets/${id}/blocks`)).responseText);
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
      await ask("PUT", `/datasets/${id}/blocks/${number}`, data, {
        begun: (request) => (this.request = request),
        progress: (loaded) => this.tell(loaded),
      });
      this.sent += data.byteLength;
      this.tell(0);
      succeeded();
      if (this.stopped) return null;
    }
    this.said("All is sent; it is being stored.");
    const body = new URLSearchParams({ count });
    const answer = await ask("POST", `/datasets/${id}/commit`, body);
    return answer.getResponseHeader("HX-Redirect");
  }

  tell(loaded) {
    const [now, sent] = [performance.now(), this.sent + loaded];
    this.marks = [...this.marks.filter(([time]) => now - time < 8000), [now, sent]];
    const [[time, before]] = this.marks;
    this.told({ sent, total: this.file.size, speed: now > time ? (1000 * (sent - before)) / (now - time) : 0 });
  }

  async pause(time) {
    this.said(`The connection is lost. It is tried again in ${Math.round(time / 1000)} s; what was sent stays.`);
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
  const upload = { ...said, id, block, file: file.name, size: file.size, modified: file.lastModified };
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
  localStorage.removeItem(REMEMBERED + id);
}

// What was begun in this browser and waits for more, each with the bytes that are `there`; what the server knows no more is forgotten.
export async function whatWasBegun() {
  const found = [];
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(REMEMBERED))) {
    const upload = JSON.parse(localStorage.getItem(key));
    const answer = await fetch(`/datasets/${upload.id}/blocks`, { redirect: "error" }).catch(() => null);
    const state = answer?.ok ? await answer.json() : null;
    if (answer?.status === 404 || state?.waits === false) forget(upload);
    else if (state) found.push({ ...upload, there: Object.values(state.blocks).reduce((sum, size) => sum + size, 0) });
  }
  return found;
}

export function isSame(upload, file) {
  return upload.file === file.name && upload.size === file.size && upload.modified === file.lastModified;
}

export async function remove(upload) {
  await ask("POST", `/datasets/${upload.id}/delete`);
  forget(upload);
}

// One request. What the server refuses throws `Refused` with its words; what may go better next time, another error.
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
      else if (request.status === 429 || request.status >= 500) reject(new Error("the server is busy"));
      else reject(new Refused(problemIn(request.responseText)));
    });
    for (const name of ["error", "abort"]) request.addEventListener(name, () => reject(new Error("it broke off")));
    request.addEventListener("loadend", () => clearTimeout(watch));
    request.open(method, path);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Form-Token", document.body.dataset.token);
    begun(request);
    alive();
    request.send(body);
  });
}

function problemIn(page) {
  const found = new DOMParser().parseFromString(page, "text/html").querySelector(".problem");
  return found ? found.textContent.trim() : "That did not work.";
}

function stemOf(name) {
  return name.replace(/(.)\.[^.]*$/, "$1").slice(0, 256);
}
