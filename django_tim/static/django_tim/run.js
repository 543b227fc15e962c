/* Keeps a run's page up to date: asks the server how far it is, and shows the words it answers. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const EVERY = 2000; // milliseconds between two questions
  const WINDOW = 10; // answers that the rate is measured over
  const PATIENCE = 5; // failed questions in a row before we say so

  const panel = document.querySelector("[data-tim-url]");
  if (!panel || panel.dataset.timActive !== "true") {
    return;
  }
  const badge = panel.querySelector("[data-tim-badge]");
  const bar = panel.querySelector("[data-tim-bar]");
  const lost = panel.querySelector("[data-tim-lost]");
  const samples = [{ done: panel.dataset.timDone, at: panel.dataset.timAt }];
  let failed = 0;

  function show(progress) {
    badge.textContent = progress.text.status;
    badge.className = `tim-badge tim-${progress.tone}`;
    for (const place of panel.querySelectorAll("[data-tim]")) {
      place.textContent = progress.text[place.dataset.tim];
    }
    for (const button of panel.querySelectorAll("button[name=do]")) {
      button.hidden = !progress.can.includes(button.value);
    }
    showBar(progress);
  }

  function showBar(progress) {
    if (progress.total) {
      bar.max = progress.total;
      bar.value = progress.done;
    } else if (!progress.active) {
      bar.max = 1;
      bar.value = progress.status === "succeeded" ? 1 : 0;
    }
  }

  /* What the end brings (times, an error, failures) stands in the page: take it from there. */
  async function finish() {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#content"); // in Django 6.1 the bar is not in #content-main
    if (fresh) {
      document.querySelector("#content").replaceWith(fresh);
    }
  }

  async function ask() {
    const since = samples[0];
    const query = new URLSearchParams({ done: since.done, at: since.at });
    const answer = await fetch(`${panel.dataset.timUrl}?${query}`, {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      redirect: "error", // to the log-in page: the session is over
    });
    if (!answer.ok) {
      throw new Error(`HTTP ${answer.status}`);
    }
    return answer.json();
  }

  async function poll() {
    try {
      const progress = await ask();
      failed = 0;
      lost.hidden = true;
      samples.push(progress.sample);
      if (samples.length > WINDOW) {
        samples.shift();
      }
      show(progress);
      if (!progress.active) {
        await finish();
        return;
      }
    } catch (error) {
      failed += 1;
      lost.hidden = failed < PATIENCE;
    }
    setTimeout(poll, EVERY * Math.min(1 + failed, PATIENCE));
  }

  setTimeout(poll, EVERY);
});
