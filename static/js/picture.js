// Files in the browser: the picture as PNG, and a saved file opened by choosing or dropping it.

import {fail} from "./request.js";

const FINE = 2; // pixels of the PNG for each of the picture
const LARGEST = 16_000; // pixels a side that every browser's canvas takes
const by = (id) => document.getElementById(id);

export function install() {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-picture]")) savePng(event.target.closest("[data-picture]"));
  });
  document.addEventListener("change", ({target}) => target.id === "file" && target.files.length && open(target.files[0]));
  by("open-file").addEventListener("submit", (event) => {
    if (!by("file").files.length) return; // The server says what to choose.
    event.preventDefault();
    open(by("file").files[0]);
  });
  addEventListener("dragover", (event) => holdsFile(event) && event.preventDefault());
  addEventListener("drop", dropped);
}

/** The SVG of the server, drawn here: a data: address, so that nothing else can get into it. */
async function savePng(button) {
  const said = by("picture-failed");
  said.hidden = true;
  button.disabled = true;
  try {
    const {text, name} = await askForSvg();
    download(await drawn(text), name.replace(/\.svg$/, ".png"));
  } catch (error) {
    said.textContent = `The picture could not be made: ${error.message}`;
    said.hidden = false;
  }
  button.disabled = false;
}

async function askForSvg() {
  const body = new URLSearchParams(new FormData(by("form")));
  const answer = await fetch("/files/svg", {method: "POST", body, headers: {Accept: "image/svg+xml"}});
  if (!answer.headers.get("Content-Type")?.startsWith("image/svg")) throw new Error("analyse again to see why.");
  const name = /filename="([\w.-]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  return {text: await answer.text(), name: name ?? "lossmask.svg"};
}

async function drawn(text) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const scale = Math.min(FINE, LARGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("it is too large for this browser; save the SVG instead.");
  return blob;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const holdsFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

function dropped(event) {
  if (!holdsFile(event)) return;
  event.preventDefault();
  const [file, ...others] = event.dataTransfer.files;
  if (others.length) fail("The files cannot be opened", "Drop one file at a time.");
  else if (file) open(file);
}

/** The file alone is sent, through the form's own request: its answer replaces result and fields. */
function open(file) {
  const form = by("form");
  document.activeElement?.blur();
  form.setAttribute("hx-encoding", "multipart/form-data");
  form.addEventListener("htmx:configRequest", ({detail: {formData}}) => {
    for (const name of [...formData.keys()]) formData.delete(name);
    formData.set("file", file);
  }, {once: true});
  window.htmx.ajax("POST", "/files/open", {source: form, target: "#result"});
  form.removeAttribute("hx-encoding");
  by("file").value = ""; // So that the same file can be chosen again.
}
