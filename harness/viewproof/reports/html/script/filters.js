// The filters: read from the form and from the address, matched against findings.

const CHOICES = { state: -1, suite: SUITE, target: TARGET, rule: RULE, operator: OPERATOR };
const filters = { q: '', state: '', suite: '', target: '', rule: '', operator: '', open: '' };

function fillChoices() {
  const names = (places) => places.map(text).map((name) => [name, name]);
  const seen = new Set(D.findings.map((row) => text(row[VERDICT])));
  const column = (place) => [...new Set(D.tallies.map((row) => row[place]))];
  const options = {
    state: [
      ['open', 'open (not waived)'], ['waived', 'waived'], ['fault', 'waived: fault'], ['policy', 'waived: policy'],
      ...[...seen].filter((word) => word !== 'waived').map((word) => [word, words(word)]),
    ],
    suite: names(D.suites),
    target: names(D.targets),
    rule: names(column(3)),
    operator: names(column(0)).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  for (const [name, pairs] of Object.entries(options)) {
    byId(name).replaceChildren(element('option', { value: '' }, 'all'),
      ...pairs.map(([value, label]) => element('option', { value }, label)));
  }
}

function readForm() {
  filters.q = byId('q').value.trim();
  for (const name of Object.keys(CHOICES)) filters[name] = byId(name).value;
}

function writeForm() {
  byId('q').value = filters.q;
  for (const name of Object.keys(CHOICES)) {
    byId(name).value = filters[name];
    if (byId(name).value !== filters[name]) filters[name] = byId(name).value = '';
  }
}

function readAddress() {
  if (!location.hash.includes('=')) return false;
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(filters)) filters[name] = given.get(name) || '';
  return true;
}

function writeAddress() {
  const said = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  const hash = said.toString();
  if (hash) history.replaceState(null, '', `#${hash}`);
  else if (location.hash.includes('=')) history.replaceState(null, '', location.pathname + location.search);
}

const anyFilter = () => Object.keys(filters).some((name) => name !== 'open' && filters[name]);

let lowered = null;

// Which texts hold what is searched for; null where nothing is. All of its words must be in one finding's texts.
function searched() {
  if (!filters.q) return null;
  lowered ??= D.texts.map((one) => one.toLowerCase());
  return filters.q.toLowerCase().split(/\s+/).map((word) => lowered.map((one) => one.includes(word)));
}

const SEARCHED = [OPERATOR, CASE, EXPECTED, OBSERVED, DIFFERENCE, ISSUE, SUITE, TARGET, RULE, VERDICT];

function inState(row) {
  const issue = issueOf(row);
  if (filters.state === 'open') return issue === null;
  if (filters.state === 'fault' || filters.state === 'policy') return issue !== null && kindOf(row) === filters.state;
  return text(row[VERDICT]) === filters.state;
}

// The numbers of the findings that pass every filter, in order.
function matching() {
  const hits = searched();
  const wanted = Object.entries(CHOICES).filter(([name, column]) => column >= 0 && filters[name]);
  const found = [];
  D.findings.forEach((row, index) => {
    if (!wanted.every(([name, column]) => text(row[column]) === filters[name])) return;
    if (filters.state && !inState(row)) return;
    if (hits && !hits.every((hit) => SEARCHED.some((column) => row[column] >= 0 && hit[row[column]]))) return;
    found.push(index);
  });
  return found;
}
