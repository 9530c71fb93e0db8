// The state of a link, packed and unpacked: base64url of raw deflate of JSON. The twin of
// app/core/state/fragment.py; whether the fields are right is decided by the server alone.

const VERSION = 1;
const LIMIT = 256 * 1024; // bytes of JSON that a link may unfold to
const DAMAGED = "The link is damaged or was cut off, as some chat apps do to long links. Ask for it again, or for the file.";
const TOO_LARGE = `The link unfolds to more than ${LIMIT / 1024} KB, so it is not opened; ask for the file.`;

/** What is wrong with a link, as a sentence for people. */
export class LinkError extends Error {}

/** Whether the part of an address behind its # looks like one of our links, sound or not. */
export const isLink = (hash) => /^#v\d/.test(hash);

/** `v1.` and the state, or null where it is more than a link may hold. */
export async function pack(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  if (bytes.length > LIMIT) return null;
  const packed = await whole(piped(bytes, new CompressionStream("deflate-raw")), Infinity);
  return `v${VERSION}.${toBase64(packed)}`;
}

/** The JSON text and the value in `#v1.…`; a LinkError where there are none. */
export async function unpack(hash) {
  if (hash.length > 2 * LIMIT) throw new LinkError(TOO_LARGE);
  const found = /^#v(\d{1,6})\.([A-Za-z0-9_-]*)$/.exec(hash);
  if (!found) throw new LinkError(DAMAGED);
  checkVersion(Number(found[1]));
  const text = await unfolded(found[2]);
  const value = parsed(text);
  checkVersion(value.v);
  return {text, value};
}

function checkVersion(version) {
  if (version > VERSION) {
    throw new LinkError(`This was made by a later version of Lossmask, in format ${version}; this version reads up to format ${VERSION}. Update Lossmask to open it.`);
  }
}

async function unfolded(text) {
  let bytes;
  try {
    bytes = await whole(piped(fromBase64(text), new DecompressionStream("deflate-raw")), LIMIT);
    return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch (error) {
    throw error instanceof LinkError ? error : new LinkError(DAMAGED);
  }
}

function parsed(text) {
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LinkError("The link does not hold what Lossmask writes: it holds no JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new LinkError("The link does not hold what Lossmask writes: `state` is not an object.");
  }
  return value;
}

const piped = (bytes, through) => new Blob([bytes]).stream().pipeThrough(through);

/** All bytes of a stream, which is left as soon as there are more than `limit`. */
async function whole(stream, limit) {
  const reader = stream.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw new LinkError(TOO_LARGE);
    }
  }
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
