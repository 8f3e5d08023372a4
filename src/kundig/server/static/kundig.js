// What a page cannot do without script: the command bar, keys, and menus that close. Every page works without it.
"use strict";
(() => {
  const dialog = document.getElementById("commands");
  const places = [...document.querySelectorAll(".top nav a")].map(a => ({title: a.textContent, href: a.href, key: a.dataset.key}));
  const typing = target => target.closest("input, textarea, select, [contenteditable]");

  function list(words) {
    const wanted = words.trim().toLowerCase();
    const found = places.filter(p => p.title.toLowerCase().includes(wanted));
    document.getElementById("places").replaceChildren(...found.map((place, n) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = place.href;
      link.textContent = place.key ? `${place.title} (g ${place.key})` : place.title;
      if (n === 0) link.className = "chosen";
      item.append(link);
      return item;
    }));
  }
  function open() {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const field = document.getElementById("command");
    field.value = "";
    list("");
    field.focus();
  }
  document.getElementById("command")?.addEventListener("input", event => list(event.target.value));
  document.getElementById("command")?.addEventListener("keydown", event => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.querySelector("#places a.chosen")?.click();
  });
  let after = 0;
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") open();
    if (event.key === "/") { const search = document.querySelector("input[type=search]:not(#command)"); if (search) { event.preventDefault(); search.focus(); } }
    if (Date.now() - after < 1200) { const place = places.find(p => p.key === event.key); if (place) location.href = place.href; }
    after = event.key === "g" ? Date.now() : 0;
  });
  document.addEventListener("click", event => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
})();
