// Copies the link of a view; the button appears only where that works.
"use strict";
(() => {
  if (!navigator.clipboard) return;
  const show = () => { for (const button of document.querySelectorAll("button.copies")) button.hidden = false; };
  show();
  document.addEventListener("htmx:afterSwap", show);
  document.addEventListener("click", event => {
    const button = event.target.closest("button.copies");
    if (!button) return;
    navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value).then(() => { button.textContent = button.dataset.done; });
  });
})();
