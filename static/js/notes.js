// The window with a lesson's notes and the lesson go along with each other; each works alone too.
// The lesson tells its step when it is shown and when it is asked. The notes follow that, ask when they
// are loaded, since the lesson may have gone on meanwhile, and tell only where their reader goes. A lesson
// may stand in several windows: the notes follow the one whose step was shown last.

const KEYS = {" ": "step-next", ArrowRight: "step-next", PageDown: "step-next", ArrowLeft: "step-back", PageUp: "step-back"};
const NAME = "lossmask-lesson";

/** For the lesson's page: tell the notes its step, and call `go(step)` when their reader goes elsewhere. */
export function lead(go) {
  const channel = new BroadcastChannel(NAME);
  const {lesson, step} = document.body.dataset;
  let shown = Number(step);
  const tell = () => channel.postMessage({lesson, from: "lesson", step: shown, since: performance.timeOrigin});
  channel.addEventListener("message", ({data}) => {
    if (data.lesson !== lesson || data.from !== "notes") return;
    if (data.step === undefined) return tell();
    if (data.step !== shown) go(shown = data.step);
  });
  tell();
}

/** For the page of notes: go where the lesson is, and tell it where the reader of the notes goes. */
function follow() {
  const channel = new BroadcastChannel(NAME);
  const {lesson, step} = document.body.dataset;
  channel.addEventListener("message", ({data}) => {
    if (data.lesson !== lesson || data.from !== "lesson" || data.since < followed(lesson)) return;
    keep(lesson, data.since);
    if (data.step !== Number(step)) show(data.step);
  });
  document.addEventListener("click", ({target}) => {
    const to = target.closest?.("[data-to]")?.dataset.to;
    if (to) channel.postMessage({lesson, from: "notes", step: Number(to)});
  });
  channel.postMessage({lesson, from: "notes"});
}

/** Since when the window that the notes follow shows its step; kept, since to follow is to load the page again. */
function followed(lesson) {
  try {
    return Number(sessionStorage.getItem(`${NAME}-${lesson}`));
  } catch {
    return 0;
  }
}

function keep(lesson, since) {
  try {
    sessionStorage.setItem(`${NAME}-${lesson}`, since);
  } catch {
    // Full, or switched off: with one window of the lesson there is nothing to tell apart.
  }
}

function show(step) {
  const address = new URL(location.href);
  address.searchParams.set("step", step);
  location.replace(address);
}

function onKey(event) {
  const used = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (used || !(event.key in KEYS) || event.target.closest?.("a, button")) return;
  event.preventDefault();
  document.getElementById(KEYS[event.key])?.click();
}

if (document.body.classList.contains("notes-page")) {
  document.documentElement.classList.add("scripted");
  document.addEventListener("keydown", onKey);
  follow();
}
