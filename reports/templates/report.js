// Filters the findings. Everything is there without it; print shows all that is shown.
(function () {
  var bar = document.getElementById("filter");
  if (!bar) return;
  bar.hidden = false;
  bar.addEventListener("click", function (event) {
    var want = event.target.getAttribute("data-want");
    if (want === null) return;
    bar.querySelectorAll("button").forEach(function (b) { b.setAttribute("aria-pressed", String(b === event.target)); });
    document.querySelectorAll(".card").forEach(function (card) {
      card.hidden = want !== "" && (" " + card.getAttribute("data-tags") + " ").indexOf(" " + want + " ") < 0;
    });
    document.querySelectorAll(".kind").forEach(function (kind) {
      kind.hidden = !kind.querySelector(".card:not([hidden])");
    });
  });
})();
