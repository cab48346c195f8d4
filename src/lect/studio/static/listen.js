// The microphone, or a file, to the recogniser, and what it heard onto the page.

import { addLive } from "./live.js";

export function addListening(form) {
  const heard = form.querySelector(".heard");
  const input = form.querySelector("input[type=file]");

  const send = async (file) => {
    heard.textContent = "Listening to it.";
    const data = new FormData(form);
    data.set("data", file);
    const headers = { "HX-Request": "true", "X-Form-Token": document.body.dataset.token };
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers });
      heard.innerHTML = await answer.text();
    } catch {
      heard.textContent = "The connection broke. Try again.";
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) send(input.files[0]);
  });
  input.addEventListener("change", () => input.files.length && send(input.files[0]));
  if (navigator.mediaDevices && window.AudioWorkletNode) addLive(form, (problem) => complain(heard, problem));
}

// Say what is in the way; nothing takes it away.
function complain(heard, problem) {
  const said = document.createElement("p");
  said.className = "problem";
  said.textContent = problem;
  heard.replaceChildren(...(problem ? [said] : []));
}
