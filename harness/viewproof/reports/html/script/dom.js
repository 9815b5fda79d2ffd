// Elements, numbers, copying. Every text becomes a text node: nothing here reads markup.

const byId = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

// element('button', { class: 'copy', onclick: f }, 'text', child, ...)
const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const shape = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const grouped = new Intl.NumberFormat('en-US');
const number = (value) => grouped.format(value);
const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

function announce(text) {
  byId('said').textContent = text;
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Older browsers, and pages that may not use the clipboard: copy a selection instead.
    const area = element('textarea', { class: 'hidden', readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

function copyButton(label, text) {
  const button = element('button', { type: 'button', class: 'copy' }, label);
  button.addEventListener('click', async (event) => {
    event.stopPropagation();
    const done = await toClipboard(text);
    button.textContent = done ? 'Copied' : 'Cannot copy here';
    announce(done ? `${label}: done` : 'The browser does not allow copying');
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
}

// A box that scrolls by itself: reachable by keyboard, and named.
const scroller = (label, ...children) =>
  element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label }, ...children);

// A <details> whose content is made when it is first opened.
function lazy(title, make) {
  const box = element('details', {}, element('summary', {}, title));
  box.addEventListener('toggle', () => {
    if (box.open && box.childElementCount === 1) box.append(make());
  });
  return box;
}

// A plain table; `rows` holds texts or elements, the first of each row is its header.
const table = (caption, headers, rows) => element('table', {},
  element('caption', { class: 'hidden' }, caption),
  element('thead', {}, element('tr', {}, headers.map((one) => element('th', { scope: 'col' }, one)))),
  element('tbody', {}, rows.map((row) => element('tr', {}, row.map((one, place) =>
    element(place ? 'td' : 'th', { scope: place ? null : 'row', class: typeof one === 'number' ? 'n' : null },
      typeof one === 'number' ? number(one) : one))))));
