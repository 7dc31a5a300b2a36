// The page takes input before its terminal is ready: that is queued here and sent first.
// Loaded before the terminal's own script, which is half a megabyte.
"use strict";
const KEYS = {
  Enter: "\r", Tab: "\t", Backspace: "\x7f", Escape: "\x1b", Delete: "\x1b[3~", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B",
  ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F",
};
const waiting = [];
let live = null;

// The bytes that a key sends to a terminal; empty for the browser's own keys.
const typed = (event) => {
  if (event.isComposing || event.altKey || event.metaKey) return "";
  if (event.ctrlKey) return /^[lopqs]$/.test(event.key) ? String.fromCharCode(event.key.charCodeAt(0) & 31) : "";
  return [...event.key].length === 1 ? event.key : KEYS[event.key] || "";
};
const send = (text) => {
  const message = JSON.stringify(["stdin", text]);
  live && live.readyState === 1 ? live.send(message) : waiting.push(message);
};
const isTerminals = (target) => target instanceof Element && target.classList.contains("xterm-helper-textarea");
document.addEventListener("keydown", (event) => {
  const text = isTerminals(event.target) || document.body?.classList.contains("-closed") ? "" : typed(event);
  if (!text) return;
  event.preventDefault();
  event.stopPropagation();
  send(text);
}, true);
document.addEventListener("paste", (event) => {
  const text = isTerminals(event.target) ? "" : event.clipboardData?.getData("text");
  if (text) send(`\x1b[200~${text.replaceAll("\x1b", "")}\x1b[201~`);
}, true);

// The terminal's script sends at once, even before the connection is open, which would be an error.
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    live = this;
    // The server says why it closed, if it did.
    this.addEventListener("close", (event) => {
      if (event.reason) document.querySelector("#why").textContent = event.reason;
    });
    this.addEventListener("open", () => waiting.splice(0).forEach((message) => super.send(message)));
  }
  send(message) {
    this.readyState === 0 ? waiting.push(message) : super.send(message);
  }
};

// A browser may block opening a report; then there is a link to click.
const open = window.open.bind(window);
window.open = (address, ...given) => {
  const opened = open(address, ...given);
  if (opened) {
    opened.opener = null;
  } else {
    const link = document.querySelector("#offer a");
    link.href = address;
    document.querySelector("#offer").hidden = false;
  }
  return opened;
};

// The terminal takes the keys as soon as it is there, and again when the window comes back to the front.
const focus = () => {
  const field = document.querySelector(".xterm-helper-textarea");
  if (field && !document.body.classList.contains("-closed")) field.focus();
};
document.addEventListener("DOMContentLoaded", () => {
  const offer = document.querySelector("#offer");
  offer.addEventListener("click", () => { offer.hidden = true; focus(); });
  new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  window.addEventListener("focus", focus);
  focus();
});
