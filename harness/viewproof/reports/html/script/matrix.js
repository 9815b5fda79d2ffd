// The matrix of operators by targets, and what is behind an operator or a cell: its rules and its findings.

const ROWS_A_PAGE = 150;
const LINKS = 12;
const matrix = { all: false, rows: ROWS_A_PAGE, found: [], sums: null };

// operator -> target -> counts, over the suites and rules that the filters leave.
function sumUp() {
  const sums = new Map();
  for (const row of D.tallies) {
    const [operator, suite, target, rule] = row;
    if (filters.suite && text(suite) !== filters.suite) continue;
    if (filters.target && text(target) !== filters.target) continue;
    if (filters.rule && text(rule) !== filters.rule) continue;
    if (filters.operator && text(operator) !== filters.operator) continue;
    if (!sums.has(operator)) sums.set(operator, new Map());
    const targets = sums.get(operator);
    if (!targets.has(target)) targets.set(target, zeros());
    add(targets.get(target), row, COUNTS);
  }
  return sums;
}

const overTargets = (targets) => [...targets.values()].reduce((sums, counts) => add(sums, counts), zeros());

// The operators to show: those that a search names or that have a matching finding; the worst first.
function chosen(sums, found) {
  const having = new Set(found.map((index) => D.findings[index][OPERATOR]));
  const q = filters.q.toLowerCase();
  const ranked = [...sums.keys()]
    .filter((operator) => having.has(operator) || (!filters.state && (!q || text(operator).toLowerCase().includes(q))))
    .map((operator) => {
      const targets = sums.get(operator);
      const ranks = [...targets.values()].map((counts) => WORST_FIRST.indexOf(worst(counts)));
      return { operator, counts: overTargets(targets), rank: Math.min(...ranks) };
    });
  return ranked.sort((a, b) => a.rank - b.rank || (text(a.operator) < text(b.operator) ? -1 : 1));
}

function cellText(counts) {
  const verdict = worst(counts);
  const count = counts[D.verdicts.indexOf(verdict)];
  return `${SIGN[verdict] || words(verdict)} ${number(count)}`;
}

function cellButton(counts, name, open) {
  const verdict = worst(counts);
  return element('button', {
    type: 'button', tabindex: '-1', class: `v-${verdict}`, title: inWords(counts),
    'aria-expanded': 'false', 'aria-label': `${name}: ${inWords(counts)}`, onclick: open,
  }, cellText(counts));
}

function drillTable(operator, targets) {
  const sums = new Map();
  for (const row of D.tallies) {
    if (row[0] !== operator || !targets.includes(row[2])) continue;
    const key = `${text(row[1])}/${text(row[3])}`;
    if (!sums.has(key)) sums.set(key, new Map());
    const of = sums.get(key);
    of.set(row[2], add(of.get(row[2]) || zeros(), row, COUNTS));
  }
  const ranked = [...sums].sort(([, a], [, b]) =>
    WORST_FIRST.indexOf(worst(overTargets(a))) - WORST_FIRST.indexOf(worst(overTargets(b))));
  return table(`${text(operator)} by suite and rule`, ['suite/rule', ...targets.map(text)], ranked.map(([key, of]) => [
    element('code', { title: ((D.rules[key.split('/')[1]] || [])[1] || '').split('\n')[0] }, key),
    ...targets.map((target) => (of.has(target)
      ? element('span', { class: `v-${worst(of.get(target))}` }, inWords(of.get(target))) : '·')),
  ]));
}

function drill(operator, targets) {
  const found = matrix.found.filter((index) => {
    const row = D.findings[index];
    return row[OPERATOR] === operator && targets.includes(row[TARGET]);
  });
  const target = targets.length === 1 ? text(targets[0]) : '';
  return element('div', { class: 'opened' },
    scroller(`rules of ${text(operator)}`, drillTable(operator, targets)),
    found.length > 0 && element('ul', { class: 'links' }, found.slice(0, LINKS).map((index) => {
      const row = D.findings[index];
      return element('li', {}, element('button', { type: 'button', class: 'link', onclick: () => narrow(operator, target, index) },
        `#${index + 1} ${text(row[RULE])} on ${text(row[TARGET])}`), ` ${text(row[DIFFERENCE])} (${words(text(row[VERDICT]))}, ${number(row[COUNT])})`);
    })),
    found.length > LINKS && element('button', { type: 'button', class: 'more', onclick: () => narrow(operator, target, found[0]) },
      `All ${counted(found.length, 'finding')}`));
}

// Filter to one operator (and target), and go to a finding there.
function narrow(operator, target, index) {
  Object.assign(filters, { operator: text(operator), target: target || filters.target });
  writeForm();
  refresh();
  goTo(index);
}

function matrixRow({ operator, counts }, targets) {
  const row = element('tr', {});
  const open = (button, scope) => {
    const opened = button.getAttribute('aria-expanded') === 'true';
    if (row.nextElementSibling?.classList.contains('drill')) row.nextElementSibling.remove();
    row.querySelectorAll('button').forEach((one) => one.setAttribute('aria-expanded', 'false'));
    if (opened) return;
    button.setAttribute('aria-expanded', 'true');
    row.after(element('tr', { class: 'drill' }, element('td', { colspan: targets.length + 1 }, drill(operator, scope))));
  };
  const of = matrix.sums.get(operator);
  const name = element('button', {
    type: 'button', tabindex: '-1', class: 'operator', 'aria-expanded': 'false',
    'aria-label': `${text(operator)}: ${inWords(counts)}`, onclick: () => open(name, targets.filter((one) => of.has(one))),
  }, text(operator));
  row.append(element('th', { scope: 'row' }, name), ...targets.map((target) => element('td', {}, of.has(target)
    ? cellButton(of.get(target), `${text(operator)} on ${text(target)}`, (event) => open(event.currentTarget, [target]))
    : element('span', { class: 'none', title: 'not planned', 'aria-label': 'not planned' }, '·'))));
  return row;
}

function showMatrix(found) {
  matrix.found = found;
  matrix.sums = sumUp();
  const ranked = chosen(matrix.sums, found);
  const telling = ranked.filter((one) => one.rank < WORST_FIRST.indexOf('pass'));
  const all = matrix.all || !telling.length || anyFilter();
  const rows = (all ? ranked : telling).slice(0, matrix.rows);
  const targets = D.targets.filter((target) => [...matrix.sums.values()].some((of) => of.has(target)));
  const sum = (target) => ranked.reduce((sums, { operator }) => add(sums, matrix.sums.get(operator).get(target) || []), zeros());
  const totals = element('tr', { class: 'totals' }, element('th', { scope: 'row' }, counted(ranked.length, 'operator')),
    targets.map((target) => {
      const counts = sum(target);
      return element('td', { title: inWords(counts) }, worst(counts) ? element('span', { class: `v-${worst(counts)}` }, cellText(counts)) : '·');
    }));
  const body = element('tbody', {}, totals, rows.map((one) => matrixRow(one, targets)));
  const grid = element('table', { class: 'matrix', 'aria-describedby': 'matrix-hint' },
    element('caption', { class: 'hidden' }, 'Verdicts by operator and target; each cell shows the worst and how many'),
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'operator'),
      targets.map((target) => element('th', { scope: 'col' }, text(target))))), body);
  body.querySelector('button')?.setAttribute('tabindex', '0');
  grid.addEventListener('keydown', moveFocus);
  const plain = ranked.length - telling.length;
  const turn = (change) => () => { Object.assign(matrix, change); showMatrix(matrix.found); };
  byId('matrix-view').replaceChildren(ranked.length ? scroller('operators by targets', grid) : element('p', {}, 'No operator passes the filters.'),
    !all && plain > 0 && element('button', { type: 'button', class: 'more', onclick: turn({ all: true }) }, `Show the ${counted(plain, 'operator')} of which all that was seen passes`) || '',
    rows.length < (all ? ranked : telling).length && element('button', { type: 'button', class: 'more', onclick: turn({ rows: matrix.rows * 4 }) }, 'Show more operators') || '');
}

// Arrow keys go from button to button; one of them at a time is in the tab order.
function moveFocus(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const cell = event.target.closest('th, td');
  if (!step || !cell || event.target.closest('tr.drill')) return;
  event.preventDefault();
  let [row, column] = [cell.parentElement, cell.cellIndex];
  let next = null;
  do {
    if (step[0]) row = step[0] < 0 ? row.previousElementSibling : row.nextElementSibling;
    column += step[1];
    next = row?.classList.contains('drill') ? null : row?.cells[column]?.querySelector('button');
  } while (!next && row?.cells[Math.max(column, 0)] && column >= 0);
  if (!next) return;
  event.target.setAttribute('tabindex', '-1');
  next.setAttribute('tabindex', '0');
  next.focus();
}
