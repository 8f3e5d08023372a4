/* Sends a file in slices that may stop and go on: after a lost connection by itself, after a reload when the same file is chosen again. */
(() => {
  "use strict";
  const form = document.getElementById("upload");
  if (!form) return;
  const part = id => document.getElementById(id);
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = {"X-CSRFToken": token, "X-Requested-With": "fetch"};
  const wait = ms => new Promise(done => setTimeout(done, ms));
  let stopped = false;

  class Refused extends Error {}
  function number(value) { return new Intl.NumberFormat(document.documentElement.lang, {maximumFractionDigits: 1}).format(value); }
  function show(stored, size) {
    part("bar").value = size ? 100 * stored / size : 0;
    part("sending-told").textContent = `${number(stored / 1048576)} / ${number(size / 1048576)} MB ${form.dataset.going}`;
  }
  function fail(text) {
    part("sending").hidden = true;
    part("sending-wrong").hidden = false;
    part("sending-wrong").textContent = text;
    form.querySelector("button:not([type])").disabled = false;
  }
  async function answered(response) {
    if (response.redirected || !(response.headers.get("Content-Type") || "").includes("json")) {
      if (response.status >= 500) throw new TypeError("try again");
      throw new Refused(form.dataset.failed);
    }
    const told = await response.json();
    if (response.status === 409 || response.ok) return told;
    if (response.status === 503) throw new TypeError("try again");
    throw new Refused(told.error || form.dataset.failed);
  }
  async function begun(file) {
    const body = new URLSearchParams({name: file.name, size: file.size, modified: file.lastModified});
    return answered(await fetch(form.dataset.begin, {method: "POST", headers, body}));
  }
  async function send(file) {
    let told = await begun(file), pause = 500;
    const slice = told.slice;
    if (told.stored) part("sending-told").textContent = form.dataset.resumed;
    while (!told.done && !stopped) {
      try {
        const body = file.slice(told.stored, told.stored + slice);
        told = await answered(await fetch(`${told.to}?offset=${told.stored}`, {method: "PUT", headers, body}));
        pause = 500;
        show(told.stored, file.size);
      } catch (error) {
        if (error instanceof Refused) throw error;
        part("sending-told").textContent = form.dataset.again;
        await wait(pause);
        pause = Math.min(2 * pause, 15000);
        try { told = await answered(await fetch(told.to, {headers})); } catch (again) { if (again instanceof Refused) throw again; }
      }
    }
    if (told.done) location.href = told.next;
  }
  function start(file) {
    stopped = false;
    part("sending-wrong").hidden = true;
    part("sending").hidden = false;
    part("sending-name").textContent = file.name;
    form.querySelector("button:not([type])").disabled = true;
    show(0, file.size);
    send(file).catch(error => fail(error instanceof Refused ? error.message : form.dataset.failed));
  }
  form.addEventListener("submit", event => {
    const file = part("file").files[0];
    if (!file) return;
    event.preventDefault();
    start(file);
  });
  part("stop").addEventListener("click", () => {
    stopped = true;
    part("sending").hidden = true;
    form.querySelector("button:not([type])").disabled = false;
  });
  const drop = part("drop");
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", event => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (!file) return;
    part("file").files = event.dataTransfer.files;
    start(file);
  });
})();
