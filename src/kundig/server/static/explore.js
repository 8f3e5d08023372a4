// Copies the link of a view, and draws a chart so that one can look closer; both buttons appear only where that works.
"use strict";
(() => {
  const show = () => {
    for (const button of document.querySelectorAll("button.closer")) button.hidden = false;
    if (navigator.clipboard) for (const button of document.querySelectorAll("button.copies")) button.hidden = false;
  };
  show();
  document.addEventListener("htmx:afterSwap", show);
  document.addEventListener("click", event => {
    const copies = event.target.closest("button.copies"), closer = event.target.closest("button.closer");
    if (copies) navigator.clipboard.writeText(document.getElementById(copies.dataset.copies).value).then(() => { copies.textContent = copies.dataset.done; });
    if (closer) look(closer);
  });

  // The drawing engine is fetched when it is first wanted; a page does without it.
  const fetched = {};
  const load = address => fetched[address] ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  async function specification(button) {
    for (let tries = 0; tries < 60; tries++) {
      const answer = await fetch(button.dataset.chart);
      if (answer.status === 200) return answer.json();
      if (answer.status !== 202) throw new Error(answer.status);
      await new Promise(done => setTimeout(done, 1000));
    }
    throw new Error("no answer");
  }
  async function look(button) {
    const figure = button.closest("figure"), place = figure.querySelector(".picture"), told = button.nextElementSibling;
    const picture = place.querySelector("svg"), drawn = place.querySelector(".drawn");
    if (drawn) {
      drawn.remove();
      picture.removeAttribute("hidden");
      [button.textContent, button.dataset.back] = [button.dataset.back, button.textContent];
      told.hidden = true;
      told.textContent = told.dataset.help;
      return;
    }
    button.disabled = true;
    try {
      for (const address of button.dataset.engine.split(" ")) await load(address);
      const chart = document.createElement("div");
      chart.className = "drawn";
      const runtime = vega.parse(await specification(button), null, {ast: true});
      const view = new vega.View(runtime, {expr: vega.expressionInterpreter, renderer: "svg", hover: true});
      const help = told.dataset.help ??= told.textContent;
      view.tooltip((handler, event, item, value) => {
        told.textContent = value && typeof value === "object" ? Object.entries(value).map(([name, shown]) => `${name}: ${shown}`).join("; ") : help;
      });
      await view.initialize(chart).runAsync();
      const drawing = chart.querySelector("svg");
      for (const part of drawing.querySelectorAll("[role], [aria-roledescription]")) { part.removeAttribute("role"); part.removeAttribute("aria-roledescription"); }
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", picture.querySelector("title")?.textContent ?? "");
      place.append(chart);
      picture.setAttribute("hidden", "");
      [button.textContent, button.dataset.back] = [button.dataset.back, button.textContent];
      told.hidden = false;
    } catch (error) {
      told.textContent = button.dataset.failed;
      told.hidden = false;
    }
    button.disabled = false;
  }
})();
