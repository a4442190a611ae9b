// Draws the charts of the overview from the data on the page; the tables beside them hold the same numbers.
const data = JSON.parse(document.getElementById("chart-data").textContent);
const style = getComputedStyle(document.documentElement);
const ink = style.getPropertyValue("--pico-color").trim() || "#222";
const line = style.getPropertyValue("--gh-line").trim() || "#ddd";
const red = style.getPropertyValue("--pico-primary-background").trim() || "#a61b1b";
window.Chart.defaults.color = ink;
window.Chart.defaults.borderColor = line;
window.Chart.defaults.animation = false;
window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const name = canvas.dataset.chart;
  const { labels, values, series } = data[name];
  const horizontal = name === "categories" || name === "states" || name === "satisfaction";
  new window.Chart(canvas, {
    type: name === "days" ? "line" : "bar",
    data: {
      labels,
      datasets: series
        ? series.map((one, place) => ({ label: one.label, data: one.values, backgroundColor: place ? red : line, borderColor: place ? red : ink, borderWidth: 1 }))
        : [{ data: values, backgroundColor: red, borderColor: red, pointRadius: 2, tension: 0.2 }],
    },
    options: {
      indexAxis: horizontal ? "y" : "x",
      maintainAspectRatio: false,
      plugins: { legend: { display: Boolean(series) } },
      scales: { [horizontal ? "x" : "y"]: { beginAtZero: true, ticks: { precision: 0 } } },
    },
  });
}
