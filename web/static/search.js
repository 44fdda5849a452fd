// Keys for those who like them; every page works without this file. They can be switched off on the help page.
(() => {
  "use strict";
  const STORED = "searcher.keys";
  const box = document.getElementById("q");

  const stored = () => {
    try { return localStorage.getItem(STORED); } catch { return null; }
  };
  const isTyping = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox]), textarea, select");

  const step = (by) => {
    const matches = document.querySelectorAll("mark[id]");
    if (matches.length) {
      const at = [...matches].findIndex((mark) => "#" + mark.id === location.hash);
      const next = at < 0 ? (by > 0 ? 0 : matches.length - 1) : (at + by + matches.length) % matches.length;
      location.hash = matches[next].id;
      return;
    }
    const titles = [...document.querySelectorAll(".hit h2 a")];
    const at = titles.indexOf(document.activeElement);
    const title = titles[at < 0 ? (by > 0 ? 0 : titles.length - 1) : at + by];
    if (title) title.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (stored() === "off") return;
    if (event.key === "/" && box) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
  });

  const choice = document.getElementById("keys-on");
  if (choice) {
    choice.checked = stored() !== "off";
    choice.addEventListener("change", () => localStorage.setItem(STORED, choice.checked ? "on" : "off"));
    document.getElementById("keys-switch").hidden = false;
  }
})();
