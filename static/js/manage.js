// Deleting a stored snapshot: the secret stands behind the # of the address, or was kept by this browser.

import {forget, secretOf} from "./kept.js";

const by = (id) => document.getElementById(id);
const {id, header} = by("manage").dataset;
const secret = () => location.hash.slice(1) || secretOf(id);

function draw() {
  by("delete").disabled = !secret();
  by("no-secret").hidden = Boolean(secret());
}

async function remove() {
  by("delete").disabled = true;
  const answer = await fetch(`/api/snapshots/${id}`, {method: "DELETE", headers: {[header]: encodeURIComponent(secret())}}).catch(() => null);
  if (answer?.ok || answer?.status === 404) {
    forget(id);
    by("manage").hidden = true;
    by("manage-status").textContent = "Deleted. The short link now says the same as one that never was.";
    return;
  }
  const told = await answer?.json().catch(() => null);
  by("manage-status").textContent = `▲ ${told?.detail ?? "The server does not answer; try again."}`;
  draw();
}

addEventListener("hashchange", draw);
by("delete").addEventListener("click", remove);
draw();
