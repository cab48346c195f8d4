// The form of an upload: a file is dropped or chosen, sent with its progress shown, and gone on with where it broke off.

import { Broken, Busy, Refused, Sending, begin, forget, isSame, remove, whatWasBegun } from "./sending.js";

const KINDS = { md: "structured", txt: "text", zip: "acoustic" };

export function addUploading(form) {
  const drop = form.querySelector(".drop");
  const input = drop.querySelector("input[type=file]");
  const begun = form.querySelector(".begun");
  const button = form.querySelector("button.primary");
  const fields = [...form.querySelectorAll("[name=kind], [name=name], [name=locale]")];
  const panel = new Panel(form.querySelector(".sending"));
  let uploads = [];
  let sending = null;
  let isCancelled = false;
  let own = null; // what stood in the fields before that of an upload took its place

  const fill = ({ kind, name, locale }) => {
    form.querySelector(`[name=kind][value="${kind}"]`).checked = true;
    form.querySelector("[name=name]").value = name;
    form.querySelector("[name=locale]").value = locale;
  };

  const filled = () => ({
    kind: form.querySelector("[name=kind]:checked").value,
    name: form.querySelector("[name=name]").value,
    locale: form.querySelector("[name=locale]").value,
  });

  const chosen = () => {
    const file = input.files[0];
    const upload = file && uploads.find((each) => isSame(each, file));
    const there = upload ? `; ${sizeOf(upload.there)} of it are here already` : "";
    drop.querySelector(".chosen").textContent = file ? `${file.name}, ${sizeOf(file.size)}${there}` : "";
    button.textContent = upload ? "Go on" : "Upload";
    for (const field of fields) field.disabled = Boolean(upload); // what was said at the beginning holds
    if (upload) {
      own ??= filled();
      return fill(upload);
    }
    if (own) fill(own);
    own = null;
    const kind = file && KINDS[file.name.split(".").pop().toLowerCase()];
    if (kind) form.querySelector(`[name=kind][value=${kind}]`).checked = true;
  };

  const offer = async () => {
    uploads = await whatWasBegun();
    begun.replaceChildren(...uploads.map((upload) => offerOf(upload, offer, panel)));
    begun.hidden = !uploads.length;
    chosen();
  };

  const send = async () => {
    const file = input.files[0];
    let upload = uploads.find((each) => isSame(each, file));
    const said = new FormData(form);
    sending = null;
    isCancelled = false;
    lock(true);
    panel.open();
    try {
      upload ??= await begin(file, said);
      if (isCancelled) return await leave(upload);
      sending = new Sending(file, upload, { told: (state) => panel.tell(state), said: (text) => panel.say(text) });
      const next = await sending.run();
      if (!next) return;
      forget(upload);
      location.assign(next);
    } catch (error) {
      await fail(error, Boolean(upload));
    }
  };

  const leave = async (upload) => {
    await remove(upload);
    location.assign("/datasets");
  };

  const fail = async (error, wasBegun) => {
    lock(false);
    panel.end(wordsOf(error, wasBegun));
    await offer();
  };

  const lock = (isSending) => {
    for (const each of [input, button, ...fields]) each.disabled = isSending;
    begun.hidden = isSending || !uploads.length;
  };

  const cancel = async () => {
    isCancelled = true;
    if (!sending) return panel.say("It is cancelled as soon as the server answers.");
    sending.stop();
    try {
      await leave(sending.upload);
    } catch (error) {
      await fail(error, true);
    }
  };

  input.addEventListener("change", chosen);
  panel.cancel.addEventListener("click", cancel);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addDropping(drop, (files) => {
    if (input.disabled) return;
    if (files.length !== 1) return panel.end("Drop one file. Several go into one zip.");
    input.files = files;
    chosen();
  });
  offer();
}

// How far a file is: a bar, figures, and what is said aloud too.
class Panel {
  constructor(element) {
    this.element = element;
    this.bar = element.querySelector("progress");
    this.figures = element.querySelector(".figures");
    this.words = element.querySelector(".words");
    this.cancel = element.querySelector("button");
  }

  open() {
    this.element.hidden = this.cancel.hidden = this.bar.hidden = false;
    this.bar.value = 0;
    this.figures.textContent = "";
    this.say("");
  }

  tell({ sent, total, speed }) {
    this.bar.value = total ? sent / total : 0;
    const pace = speed > 0 ? ` · ${sizeOf(speed)}/s · ${timeOf((total - sent) / speed)} left` : "";
    this.figures.textContent = `${Math.floor((100 * sent) / total)} % · ${sizeOf(sent)} of ${sizeOf(total)}${pace}`;
  }

  say(text) {
    if (this.words.textContent !== text) this.words.textContent = text;
  }

  end(text) {
    this.element.hidden = false;
    this.cancel.hidden = this.bar.hidden = true;
    this.figures.textContent = "";
    this.say(text);
  }
}

// A line about a file that was begun: how to go on, and a way to be rid of it.
function offerOf(upload, removed, panel) {
  const line = document.createElement("li");
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = `${upload.file}: ${sizeOf(upload.there)} of ${sizeOf(upload.size)} are here. Choose the same file again to go on.`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Remove";
  button.setAttribute("aria-label", `Remove what is here of ${upload.file}`);
  button.addEventListener("click", async () => {
    try {
      await remove(upload);
    } catch (error) {
      panel.end(wordsOf(error, true));
    }
    removed();
  });
  line.className = "line";
  line.append(words, button);
  return line;
}

function addDropping(drop, take) {
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  });
}

function wordsOf(error, wasBegun) {
  if (error instanceof Refused || error instanceof Busy) return error.message;
  if (error.name === "NotReadableError") return "The file was changed or moved, and cannot be read any more. Choose it again.";
  if (!(error instanceof Broken)) return `What the server answered cannot be read: ${error.message}. Load the page again; what was sent stays.`;
  return wasBegun ? "The connection is lost. Try again." : "The connection broke before anything was sent. Try again.";
}

function sizeOf(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

function timeOf(seconds) {
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min` : `about ${(seconds / 3600).toFixed(1)} h`;
}
