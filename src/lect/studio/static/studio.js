// What pages cannot do by themselves: dropping files, waveforms, the microphone, keys, copying. Without it every form works, too.

import { addListening } from "./listen.js";
import { addPlaying } from "./play.js";
import { addUploading } from "./upload.js";
import { addWords } from "./words.js";

document.documentElement.classList.add("scripted");

function addCopying(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

document.querySelectorAll(".upload").forEach(addUploading);
document.querySelectorAll(".listen").forEach(addListening);
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(addCopying);
addPlaying(document.body);
addWords(document.body);
