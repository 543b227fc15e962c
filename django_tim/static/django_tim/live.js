/* The chart of a live room's online numbers; Chart.js draws it, in the theme's own colours. */
"use strict";

document.addEventListener("DOMContentLoaded", async () => {
  const canvas = document.querySelector("canvas[data-tim-samples]");
  if (!canvas) {
    return;
  }
  const note = document.querySelector("[data-tim-samples-note]");
  const answer = await fetch(canvas.dataset.timSamples, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) {
    note.hidden = false;
    return;
  }
  const samples = await answer.json();
  const theme = getComputedStyle(document.documentElement);
  const colour = (name) => theme.getPropertyValue(name).trim();
  new Chart(canvas, {
    type: "line",
    data: {
      labels: samples.labels,
      datasets: [
        {
          label: canvas.getAttribute("aria-label"),
          data: samples.online,
          borderColor: colour("--link-fg"),
          backgroundColor: colour("--link-fg"),
          borderWidth: 2,
          pointRadius: samples.online.length > 60 ? 0 : 2,
          tension: 0.2,
        },
      ],
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: false } },
      scales: {
        x: {
          ticks: { color: colour("--body-quiet-color"), maxRotation: 0, autoSkipPadding: 24 },
          grid: { color: colour("--hairline-color") },
        },
        y: {
          beginAtZero: true,
          ticks: { color: colour("--body-quiet-color"), precision: 0 },
          grid: { color: colour("--hairline-color") },
        },
      },
    },
  });
});
