// A file that is dropped or chosen, sent with its progress shown.

const KINDS = { md: "structured", txt: "text", zip: "acoustic" };

export function addUploading(form) {
  const drop = form.querySelector(".drop");
  const input = drop.querySelector("input[type=file]");
  const sending = form.querySelector(".sending");

  const chosen = () => {
    const file = input.files[0];
    drop.querySelector(".chosen").textContent = file ? `${file.name}, ${sizeOf(file.size)}` : "";
    const kind = file && KINDS[file.name.split(".").pop().toLowerCase()];
    if (kind) form.querySelector(`[name=kind][value=${kind}]`).checked = true;
  };
  input.addEventListener("change", chosen);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    chosen();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    const [bar, words] = sending.children;
    const button = form.querySelector("button.primary");
    const end = (text) => {
      words.textContent = text;
      button.disabled = false;
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      words.textContent = loaded < total ? `${sizeOf(loaded)} of ${sizeOf(total)}` : "Sent; it is being stored.";
    });
    request.addEventListener("load", () => {
      const next = request.getResponseHeader("HX-Redirect");
      if (next) location.assign(next);
      else end(problemIn(request.responseText));
    });
    request.addEventListener("error", () => end("The connection broke. Send it again."));
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Form-Token", document.body.dataset.token);
    sending.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  });
}

function problemIn(page) {
  const found = new DOMParser().parseFromString(page, "text/html").querySelector(".problem");
  return found ? found.textContent.trim() : "That did not work.";
}

function sizeOf(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}
