/* The REST console: search, a look at the JSON while it is typed, sending without a new page. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  search();
  const form = document.querySelector("form[data-tim-console]");
  if (form) {
    watch(form);
    form.addEventListener("submit", (event) => send(form, event));
  }
});

function search() {
  const box = document.querySelector("#tim-endpoints");
  const areas = [...document.querySelectorAll("details[data-tim-area]")];
  const opened = areas.map((area) => area.open);
  const none = document.querySelector("[data-tim-none]");

  box?.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    areas.forEach((area, place) => {
      let here = 0;
      for (const item of area.querySelectorAll("[data-tim-text]")) {
        item.hidden = !words.every((word) => item.dataset.timText.includes(word));
        here += item.hidden ? 0 : 1;
      }
      area.hidden = here === 0;
      area.open = words.length ? here > 0 : opened[place];
      found += here;
    });
    none.hidden = found > 0;
  });
}

/* Says while typing whether it is JSON. The text goes to the server as it is: parsing it here
   and writing it anew would round large numbers. */
function watch(form) {
  const body = form.querySelector("textarea");
  const note = form.querySelector("[data-tim-json]");
  body.addEventListener("input", () => {
    try {
      JSON.parse(body.value || "{}");
      note.textContent = "";
    } catch (error) {
      note.textContent = `${form.dataset.timBroken}: ${error.message}`;
    }
  });
}

/* The answer's parts take the places of the old ones, so that what was typed stays. */
async function send(form, event) {
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) {
    return; // one call for one click
  }
  const given = new FormData(form, event.submitter);
  const buttons = form.querySelectorAll("button");
  form.setAttribute("aria-busy", "true");
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const answer = await fetch(location.href, {
      method: "POST",
      body: given,
      credentials: "same-origin",
      redirect: "error", // to the log-in page: the session is over
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = document.querySelectorAll("#tim-console-asks, #tim-console-answer, #tim-console-snippets");
    if (!answer.ok || !page.querySelector("#tim-console-asks")) {
      throw new Error(`HTTP ${answer.status}`);
    }
    for (const part of parts) {
      part.replaceWith(page.getElementById(part.id));
    }
  } catch (error) {
    form.querySelector("[data-tim-json]").textContent = error.message;
  } finally {
    form.removeAttribute("aria-busy");
    buttons.forEach((button) => { button.disabled = false; });
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-tim-copy]");
  if (!button) {
    return;
  }
  const place = document.getElementById(button.dataset.timCopy);
  try {
    await navigator.clipboard.writeText(place.textContent);
    button.textContent = button.dataset.timCopied;
  } catch (error) {
    getSelection().selectAllChildren(place); // no clipboard without https: let the person copy
  }
});
