// Everything is shown, and follows the filters, the theme switch, the keyboard and the printer.

const THEME = 'viewproof-theme';

function refresh() {
  const found = matching();
  byId('reset').hidden = !anyFilter();
  showMatrix(found);
  showFindings(found);
  writeAddress();
}

function useTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  byId('theme').value = name;
}

function keptTheme() {
  try {
    return localStorage.getItem(THEME) || '';
  } catch {
    return '';
  }
}

function legend() {
  const met = new Set(D.tallies.flatMap((row) => D.verdicts.filter((_, place) => row[COUNTS + place])));
  byId('legend').replaceChildren(...WORST_FIRST.filter((word) => met.has(word)).map((word) =>
    element('span', { class: `v-${word}` }, `${SIGN[word] ? `${SIGN[word]} ` : ''}${words(word)}`)),
  element('span', { class: 'none' }, '· not planned'));
}

// The address names the opened finding by its own address, or by its number.
function openNamed() {
  const index = /^\d+$/.test(filters.open) ? filters.open - 1 : D.findings.findIndex((row) => addressOf(row) === filters.open);
  if (!D.findings[index] || !goTo(index)) filters.open = '';
}

useTheme(keptTheme());
byId('theme').addEventListener('change', ({ target }) => {
  useTheme(target.value);
  try {
    localStorage.setItem(THEME, target.value);
  } catch {
    // A page that may keep nothing is as it was set until it is closed.
  }
});

let waiting = 0;
byId('filters').addEventListener('input', ({ target }) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { readForm(); refresh(); }, target.id === 'q' ? 120 : 0);
});
byId('filters').addEventListener('submit', (event) => event.preventDefault());
byId('filters').addEventListener('reset', () => setTimeout(() => { filters.open = ''; readForm(); refresh(); byId('q').focus(); }));
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  event.preventDefault();
  byId('q').focus();
});
addEventListener('hashchange', () => {
  if (!readAddress()) return;
  const { open } = filters;
  writeForm();
  refresh();
  filters.open = open;
  if (open) openNamed();
  else byId('findings').scrollIntoView();
});
addEventListener('beforeprint', openForPrint);

fillChoices();
legend();
readAddress();
writeForm();
const asked = filters.open;
refresh();
showCoverage();
filters.open = asked;
if (asked) openNamed();
