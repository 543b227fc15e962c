/* The overview's charts, and the workers: asked for after the page is there. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  charts();
  workers();
});

async function json(url) {
  const answer = await fetch(url, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    redirect: "error", // to the log-in page: the session is over
  });
  if (!answer.ok) {
    throw new Error(`HTTP ${answer.status}`);
  }
  return answer.json();
}

async function charts() {
  const place = document.querySelector("[data-tim-charts]");
  if (!place) {
    return;
  }
  const note = document.querySelector("[data-tim-problem]");
  try {
    const found = await json(place.dataset.timCharts);
    for (const canvas of place.querySelectorAll("canvas")) {
      const chart = found.charts[canvas.dataset.timChart];
      canvas.closest("section").hidden = !chart;
      if (chart) {
        draw(canvas, chart);
        canvas.dataset.timDrawn = "";
      }
    }
    note.textContent = found.problem;
  } catch (error) {
    note.textContent = error.message;
  }
  note.hidden = !note.textContent;
}

function draw(canvas, chart) {
  const theme = getComputedStyle(document.documentElement);
  const colour = (name) => theme.getPropertyValue(name).trim();
  const colours = ["--link-fg", "--tim-warn-fg", "--tim-good-fg"].map(colour);
  new Chart(canvas, {
    type: "line",
    data: {
      labels: chart.labels,
      datasets: chart.series.map((series, place) => ({
        label: series.label,
        data: series.data,
        borderColor: colours[place],
        backgroundColor: colours[place],
        borderWidth: 2,
        pointRadius: 1,
        tension: 0.2,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { labels: { color: colour("--body-fg"), boxWidth: 12 } } },
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
}

async function workers() {
  const note = document.querySelector("[data-tim-workers]");
  if (note) {
    try {
      note.textContent = (await json(note.dataset.timWorkers)).text;
    } catch (error) {
      note.textContent = error.message;
    }
  }
}
