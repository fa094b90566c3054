/**
 * Creates an element. All content of the page is created here. String children become text nodes: nothing is parsed
 * as HTML.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name in element && !name.startsWith('aria') && name !== 'list' && name !== 'role') {
      element[name] = value;
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(
    ...children.flat().filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

export const byId = (id) => document.getElementById(id);

/**
 * Makes the children of `parent` match `items`. An element is kept while `look(item)` is equal, and with it focus,
 * selection and scrolling. When it is replaced, the focus moves to the element with the same `data-focus`.
 */
export function renderList(parent, items, { key, look, make }) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const looks = JSON.stringify(look(item));
    let child = known.get(id);
    known.delete(id);
    if (!child || child.looks !== looks) {
      const made = make(item, child);
      made.dataset.key = id;
      made.looks = looks;
      if (child) {
        if (place === child) place = made;
        replace(child, made);
      }
      child = made;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const gone of known.values()) gone.remove();
}

function replace(old, made) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  old.replaceWith(made);
  if (focused) made.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Announces a text to screen readers. */
export function announce(text) {
  const line = el('p', {}, text);
  byId('announcer').append(line);
  setTimeout(() => line.remove(), 10_000);
}

/** Whether the page may link to a URL. */
export function isWebAddress(url) {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
