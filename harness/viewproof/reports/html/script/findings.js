// The list of findings: a page of rows at a time, each opened on demand.

const FINDINGS_A_PAGE = 50;
const OPENED_ON_PAPER = 10;

const list = { found: [], shown: 0, body: null, more: null };

function roomFor(box) {
  return Math.min(900, Math.max(240, box.clientWidth - 40));
}

function toggleFinding(button, row, index) {
  const opened = button.getAttribute('aria-expanded') === 'true';
  button.setAttribute('aria-expanded', String(!opened));
  if (opened) {
    row.nextElementSibling.remove();
    if (filters.open === addressOf(D.findings[index])) filters.open = '';
  } else {
    const cell = element('td', { colspan: '6', role: 'cell' }, openedFinding(index, roomFor(byId('findings-view'))));
    row.after(element('tr', { class: 'drill', role: 'row', id: `finding-${index + 1}` }, cell));
    filters.open = addressOf(D.findings[index]);
  }
  writeAddress();
}

function findingRow(index) {
  const finding = D.findings[index];
  const verdict = text(finding[VERDICT]);
  const kind = kindOf(finding);
  const button = element('button', {
    type: 'button', class: 'open', 'aria-expanded': 'false', 'aria-controls': `finding-${index + 1}`,
    'aria-label': `Finding ${index + 1}: ${text(finding[CASE])}`,
  }, `${index + 1}`);
  const cell = (name, ...children) => element('td', { class: name, role: 'cell' }, ...children);
  const row = element('tr', { role: 'row', class: 'finding', 'data-finding': index },
    cell('no', button),
    cell(`state v-${verdict}`, kind ? `${words(verdict)}: ${kind}` : words(verdict)),
    cell('target', text(finding[TARGET])),
    cell('rule', text(finding[RULE])),
    cell('what', element('code', {}, text(finding[CASE])), element('span', { class: 'short' }, text(finding[DIFFERENCE]))),
    cell('alike n', number(finding[COUNT])));
  row.addEventListener('click', (event) => {
    // A click that ends a selection of text opens nothing.
    if (event.target === button || getSelection().isCollapsed) toggleFinding(button, row, index);
  });
  return row;
}

function showMore(count = FINDINGS_A_PAGE) {
  const next = list.found.slice(list.shown, list.shown + count);
  list.body.append(...next.map(findingRow));
  list.shown += next.length;
  const left = list.found.length - list.shown;
  list.more.hidden = left === 0;
  list.more.textContent = `Show ${number(Math.min(FINDINGS_A_PAGE, left))} more (${number(left)} left)`;
}

function showFindings(found) {
  const all = D.findings.length;
  byId('count').textContent = found.length === all ? counted(all, 'finding') : `${number(found.length)} of ${counted(all, 'finding')}`;
  Object.assign(list, { found, shown: 0 });
  if (!found.length) {
    byId('findings-view').replaceChildren(element('p', {}, all ? 'No finding passes the filters.' : 'None.'));
    return;
  }
  const head = ['#', 'state', 'target', 'rule', 'smallest case', 'alike'];
  list.body = element('tbody', { role: 'rowgroup' });
  list.more = element('button', { type: 'button', class: 'more', onclick: () => {
    const from = list.shown;
    showMore();
    list.body.querySelector(`[data-finding="${list.found[from]}"] button`).focus();
  } });
  byId('findings-view').replaceChildren(
    element('table', { class: 'findings', role: 'table', 'aria-label': 'Findings' },
      element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' },
        head.map((one) => element('th', { scope: 'col', role: 'columnheader' }, one)))),
      list.body),
    list.more);
  showMore();
}

// Bring a finding of the list into view, opened, with the focus on it.
function goTo(index) {
  const place = list.found.indexOf(index);
  if (place < 0) return false;
  if (place >= list.shown) showMore(place + 1 - list.shown);
  const row = list.body.querySelector(`[data-finding="${index}"]`);
  const button = row.querySelector('button');
  if (button.getAttribute('aria-expanded') === 'false') toggleFinding(button, row, index);
  row.scrollIntoView({ block: 'start' });
  button.focus({ preventScroll: true });
  return true;
}

// On paper nothing can be opened: the first findings are, until the print is done.
function openForPrint() {
  const closed = list.body ? [...list.body.querySelectorAll('tr.finding button[aria-expanded=false]')].slice(0, OPENED_ON_PAPER) : [];
  const kept = filters.open;
  closed.forEach((button) => button.click());
  addEventListener('afterprint', () => {
    closed.forEach((button) => button.isConnected && button.click());
    filters.open = kept;
    writeAddress();
  }, { once: true });
}
