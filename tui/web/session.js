// The terminal takes the keys as soon as it is there, and again when the window comes back to the front.
"use strict";
const focus = () => {
  const field = document.querySelector(".xterm-helper-textarea");
  if (field && !document.body.classList.contains("-closed")) field.focus();
};
const watch = () => {
  new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  window.addEventListener("focus", focus);
  focus();
};
document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", watch) : watch();
