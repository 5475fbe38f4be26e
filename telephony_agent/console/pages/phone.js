// The page: buttons and keys to the call, its words and figures to the screen.

import { Call } from "./call.js";
import { Captions } from "./captions.js";
import { Picture } from "./picture.js";

const $ = (id) => document.getElementById(id);
const KEYS = "123456789*0#";

const captions = new Captions($("log"));
const picture = new Picture($("picture"));
let call = null;
let clock = null;

const told = {
  state(state, words) {
    document.body.dataset.state = state;
    $("state").textContent = words;
    const idle = state === "idle" || state === "over";
    $("call").hidden = !idle;
    $("hangup").hidden = idle;
    $("mute").disabled = state !== "talking";
    for (const key of $("keys").children) key.disabled = state !== "talking";
    if (state === "talking" && clock === null) start();
    if (idle) stop();
    if (state === "over") $("call").focus();
  },
  caption: (caption) => captions.show(caption),
  levels(caller, agent) {
    picture.add(caller, agent);
    $("heard").textContent = `${call.ear.sounded.toFixed(1)} s`;
  },
  latency: (seconds) => ($("latency").textContent = `${seconds.toFixed(2)} s`),
  silent: (seconds) => ($("silent").textContent = `${seconds.toFixed(2)} s`),
  trouble(words) {
    $("trouble").textContent = words;
    $("trouble").hidden = false;
  },
};

function start() {
  const began = performance.now();
  clock = setInterval(() => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    $("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 250);
}

function stop() {
  clearInterval(clock);
  clock = null;
}

function place() {
  $("trouble").hidden = true;
  for (const id of ["latency", "silent", "heard"]) $(id).textContent = "–";
  $("time").textContent = "0:00";
  mute(false);
  captions.clear();
  picture.clear();
  call = new Call(told);
  window.phone = call; // for the browser's own console, and for tests
  call.place($("from").value.trim(), $("to").value.trim());
  $("hangup").focus();
}

function mute(muted) {
  $("mute").setAttribute("aria-pressed", String(muted));
  call?.mute(muted);
}

function press(digit) {
  if (document.body.dataset.state !== "talking") return;
  call.press(digit);
  captions.pressed(digit);
}

for (const digit of KEYS) {
  const key = document.createElement("button");
  key.type = "button";
  key.textContent = digit;
  key.setAttribute("aria-label", { "*": "star", "#": "hash" }[digit] ?? digit);
  key.onclick = () => press(digit);
  $("keys").append(key);
}
$("call").onclick = place;
$("call").disabled = false; // before this, nobody would hear it
$("hangup").onclick = () => call.hangUp();
$("mute").onclick = () => mute($("mute").getAttribute("aria-pressed") !== "true");
document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
  if (plain && event.target.tagName !== "INPUT" && event.key.length === 1 && KEYS.includes(event.key)) press(event.key);
});
window.addEventListener("pagehide", () => call?.hangUp());
told.state("idle", "Not in a call.");
