// Which snapshots this browser stored, with the secrets that delete them: kept in this browser alone.

const PLACE = "lossmask.snapshots";

/** Every snapshot that this browser stored and that has not expired, by id. */
export function all() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    const alive = Object.entries(found).filter(([, one]) => !one.expires_at || new Date(one.expires_at) > new Date());
    return Object.fromEntries(alive);
  } catch {
    return {};
  }
}

export const secretOf = (id) => all()[id]?.secret ?? null;

/** Remember one; in a browser that refuses to, the manage link on the page has to do. */
export const keep = (id, facts) => write({...all(), [id]: facts});

export function forget(id) {
  const rest = all();
  delete rest[id];
  write(rest);
}

function write(all) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(all));
  } catch {
    // Full, or switched off.
  }
}

/** A short name of a text, to know it again in this browser (53 bits, no secret). */
export function fingerprint(text) {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return `${text.length}-${(4294967296 * (2097151 & b) + (a >>> 0)).toString(36)}`;
}
